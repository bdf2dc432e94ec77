import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { backoffMs } from '../../src/influx/backoff.ts';
import { judgeAnswer, keep, readRetryAfter } from '../../src/influx/writeAnswer.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 12);

function judge(status: number, body = '', retryAfter?: string) {
  return judgeAnswer({ status, phrase: 'Phrase', retryAfter, body }, NOW_MS);
}

test('204 alone is a success', () => {
  assert.deepEqual(judge(204), { kind: 'accepted' });
  for (const status of [200, 201, 202]) {
    assert.deepEqual(judge(status), keep(`answered ${status}, expected 204: is this InfluxDB?`, true));
  }
});

test('what passes is kept, what people must act upon is kept with an alarm', () => {
  for (const status of [408, 429, 500, 502, 503, 504, 599]) {
    assert.deepEqual(judge(status), keep(`answered ${status}: Phrase`));
  }
  for (const status of [301, 307, 401, 402, 403, 404, 405, 410, 415]) {
    assert.deepEqual(judge(status), keep(`answered ${status}: Phrase`, true));
  }
});

test('bad lines, too many of them, and a plain request on a TLS port', () => {
  const detail = 'answered 400: field type conflict';
  assert.deepEqual(judge(400, '{"error":"field type conflict"}'), {
    kind: 'refused',
    detail,
    message: 'field type conflict',
  });
  const third =
    '{"error":"partial write of line protocol occurred","data":[{"line_number":2,"error_message":"No fields"}]}';
  assert.deepEqual(judge(400, third), {
    kind: 'refused',
    detail: 'answered 400: partial write of line protocol occurred: No fields',
    message: third,
  });
  assert.equal(judge(422, '{"code":"unprocessable entity","message":"m"}').kind, 'refused');
  assert.deepEqual(judge(413, '{"error":"Request Entity Too Large"}'), {
    kind: 'tooLarge',
    detail: 'answered 413: Request Entity Too Large',
  });
  for (const text of [
    'Client sent an HTTP request to an HTTPS server.',
    'The plain HTTP request was sent to HTTPS port',
  ]) {
    assert.deepEqual(judge(400, text), keep(`answered 400: ${text}`, true));
  }
});

test('messages: of each version, of another server, cut', () => {
  const detailOf = (body: string) => (judge(500, body) as { detail: string }).detail;
  assert.equal(detailOf('{"error":"timeout"}'), 'answered 500: timeout');
  assert.equal(detailOf('{"code":"internal","message":"m"}'), 'answered 500: m');
  assert.equal(detailOf('<html>\nx'), 'answered 500: <html>');
  assert.equal(detailOf('{}'), 'answered 500: {}');
  assert.equal(detailOf('null'), 'answered 500: null');
  assert.equal(detailOf('x'.repeat(1000)).length, 'answered 500: '.length + 300);
});

test('Retry-After: seconds or a date, within 5 minutes; anything else is none', () => {
  assert.equal(readRetryAfter('7', NOW_MS), 7000);
  assert.equal(readRetryAfter('0', NOW_MS), 0);
  assert.equal(readRetryAfter('86400', NOW_MS), 300_000);
  assert.equal(readRetryAfter('Tue, 24 Nov 2026 12:00:30 GMT', NOW_MS), 30_000);
  assert.equal(readRetryAfter('Tue, 24 Nov 2026 11:00:00 GMT', NOW_MS), 0);
  for (const text of [undefined, '', 'soon', '-5']) assert.equal(readRetryAfter(text, NOW_MS), null, text);
  assert.deepEqual(judge(503, '', '7'), keep('answered 503: Phrase', false, 7000));
  assert.deepEqual(judge(429, '', '7'), keep('answered 429: Phrase', false, 7000));
  assert.deepEqual(judge(401, '', '7'), keep('answered 401: Phrase', true, null), 'of no use where people must act');
});

test('the waits double up to 30 s, or a minute where people must act; what the server says counts', () => {
  const waits = (failure: ReturnType<typeof keep>, random: number) =>
    [1, 2, 3, 7, 8, 60].map((failures) => backoffMs(failures, failure, 500, random));
  assert.deepEqual(waits(keep('x'), 1), [500, 1000, 2000, 30_000, 30_000, 30_000]);
  assert.deepEqual(waits(keep('x'), 0), [250, 500, 1000, 15_000, 15_000, 15_000]);
  assert.deepEqual(waits(keep('x', true), 1), [500, 1000, 2000, 32_000, 60_000, 60_000]);
  assert.deepEqual(waits(keep('x', false, 7000), 1), Array(6).fill(7000));
  assert.deepEqual(waits(keep('x', false, 0), 1), Array(6).fill(250), 'never at once');
});

test('the decision has the table of the code', () => {
  const rows = (text: string) => text.match(/\| (204|400, 422|413|408, 429, 5xx|everything else) \|.*$/gm);
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const code = rows(read('../../src/influx/writeAnswer.ts'));
  assert.equal(code?.length, 5);
  assert.deepEqual(rows(read('../../docs/decisions/0052-every-answer-of-influxdb.md')), code);
});
