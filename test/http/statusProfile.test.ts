import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PingAnswer, StatusProfile } from '../../src/http/frontOptions.ts';
import { failedBeforeConnect } from '../../src/model/result.ts';
import { graded, startTestFront } from './pinger.ts';
import { get } from './rawHttp.ts';

const TARGET = 'dips://a:9135/A/B';
const PATH = '/ping?host=a&port=9135&service=A/B';

const REFUSED = failedBeforeConnect(TARGET, 'refused', 'a:9135: ECONNREFUSED');
const UP = { ...REFUSED, ok: true, reason: null, detail: null, version: '8.0.55' };
const DEGRADED: PingAnswer = { result: UP, ageMs: null, grade: { state: 'degraded', reason: 'slow' } };
const OVERLOAD = graded(failedBeforeConnect(TARGET, 'overload', 'full'));
const FORBIDDEN = graded(failedBeforeConnect(TARGET, 'forbidden_target', 'not allowed'));

const UP_BODY = `up: ${TARGET} version 8.0.55\n`;
const DEGRADED_BODY = `degraded: ${TARGET} version 8.0.55 (slow)\n`;
const DOWN_BODY = `refused: a:9135: ECONNREFUSED\n${TARGET}\n`;

/** What each profile says of a state: 2xx is passing for Consul, 429 warning, all else critical. */
const ANSWERS: [profile: StatusProfile, answer: PingAnswer, statusLine: string, body: string][] = [
  ['legacy', graded(UP), 'HTTP/1.1 200 OK', UP_BODY],
  ['legacy', DEGRADED, 'HTTP/1.1 200 OK', DEGRADED_BODY],
  ['legacy', graded(REFUSED), 'HTTP/1.1 418 a:9135: ECONNREFUSED', DOWN_BODY],
  ['legacy', OVERLOAD, 'HTTP/1.1 429 full', `overload: full\n${TARGET}\n`],
  ['legacy', FORBIDDEN, 'HTTP/1.1 403 not allowed', `forbidden_target: not allowed\n${TARGET}\n`],
  ['consul', graded(UP), 'HTTP/1.1 200 OK', UP_BODY],
  ['consul', DEGRADED, 'HTTP/1.1 429 degraded: slow', DEGRADED_BODY],
  ['consul', graded(REFUSED), 'HTTP/1.1 503 a:9135: ECONNREFUSED', DOWN_BODY],
  ['consul', OVERLOAD, 'HTTP/1.1 429 full', `overload: full\n${TARGET}\n`],
  ['consul', FORBIDDEN, 'HTTP/1.1 403 not allowed', `forbidden_target: not allowed\n${TARGET}\n`],
];

for (const [statusProfile, answer, statusLine, body] of ANSWERS) {
  test(`${statusProfile}: ${answer.grade.state} ${answer.result.reason ?? ''} is ${statusLine.slice(9, 12)}`, async (t) => {
    const { url } = await startTestFront(t, async () => answer, { statusProfile });
    const { headers, ...got } = await get(url, PATH);
    assert.deepEqual([got.statusLine, got.body], [statusLine, body]);
    assert.equal(headers['retry-after'], answer === OVERLOAD ? '1' : undefined);
    assert.equal(headers['x-result-age'], undefined);
  });
}

test('a scheduled result says its age, in seconds, whatever it is and in every form', async (t) => {
  for (const answer of [graded(UP), graded(REFUSED), DEGRADED, FORBIDDEN]) {
    const { url } = await startTestFront(t, async () => ({ ...answer, ageMs: 12_345.678 }));
    for (const path of [PATH, `${PATH}&format=json`, '/probe?target=a:9135/A/B']) {
      const { headers } = await get(url, `${path}&maxAge=30s`);
      assert.equal(headers['x-result-age'], '12.346', path);
    }
  }
});
