/** What the scanner takes no more of, and what is left of it afterwards. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startAnswer } from '../../src/cadvisor/answerRead.ts';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import { withScanner } from '../../src/cadvisor/scanner.ts';
import type { LineSchema } from '../../src/model/lineFormat.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import type { ParseOutcome } from '../../src/model/parseTask.ts';
import { assertAgree } from './agreement.ts';

const RECORDED = new Uint8Array(readFileSync(new URL('../cases/cgroup-v1-docker-newest/body.json', import.meta.url)));
const MAX_KEYS = 16_384;
const MIB = 2 ** 20;

function messageOf(body: Uint8Array<ArrayBuffer>, schemas: readonly LineSchema[] = ['legacy']) {
  return {
    source: 'docker',
    host: 'node-1',
    cursor: new Map(),
    format: { ...ORIGINAL_FORMAT, schemas },
    body,
  } as const;
}

/** A container that counts, with one sample. */
function answerWith(sample: string, label = 'A/B'): Uint8Array<ArrayBuffer> {
  const spec = JSON.stringify({ labels: { dirac_component: label } });
  const stats = `[{"timestamp":"2026-11-24T06:36:20Z",${sample}}]`;
  return new Uint8Array(Buffer.from(`{"/docker/a":{"aliases":["mesos-1"],"spec":${spec},"stats":${stats}}}`));
}

function detailOf(outcome: ParseOutcome): string {
  assert.equal(outcome.ok, false);
  return outcome.ok ? '' : outcome.detail;
}

function fields(count: number): string {
  return `"task_stats":{${Array.from({ length: count }, (_, index) => `"n${index}":1`).join(',')}}`;
}

test('ten thousand keys are fields, more than 16384 a failure, and the next answer is read', () => {
  assert.ok(assertAgree(messageOf(answerWith(fields(10_000)))));
  const failed = parseAnswer(messageOf(answerWith(fields(MAX_KEYS))));
  assert.match(
    detailOf(failed),
    /^the answer \(\d+ bytes\) cannot be read: there is no room for more than 16384 different keys$/,
  );
  assert.ok(assertAgree(messageOf(RECORDED)));
});

test('tags or keys of more than 8 MiB are a failure, and the next answer is read', () => {
  const label = detailOf(parseAnswer(messageOf(answerWith('"cpu":{}', 'x'.repeat(9 * MIB)))));
  assert.match(label, /there is no room for more than 8 MiB of a container's tags$/);
  const key = detailOf(parseAnswer(messageOf(answerWith(`"task_stats":{"${'x'.repeat(9 * MIB)}":1}`))));
  assert.match(key, /there is no room for more than 8 MiB of keys$/);
  assert.ok(assertAgree(messageOf(RECORDED)));
});

test('lines that are many times their answer', () => {
  const sample = `"cpu":{"usage":{"per_cpu_usage":[${Array.from({ length: 500 }, (_, index) => index).join(',')}]}}`;
  assert.ok(assertAgree(messageOf(answerWith(sample, 'x'.repeat(10_000)), ['legacy', 'cadvisor'])));
});

test('an answer of 70 MB is read, and its memory is not kept', () => {
  const recorded = Buffer.from(RECORDED).toString().trim().slice(1, -1);
  const copies = Array.from({ length: Math.ceil((70 * MIB) / RECORDED.length) }, (_, copy) =>
    recorded.replaceAll('/docker/', `/${copy}/`),
  );
  const body = new Uint8Array(Buffer.from(`{${copies.join(',')}}`));
  const outcome = parseAnswer(messageOf(body));
  const keptBytes = withScanner(startAnswer(messageOf(RECORDED)), ({ memory }) => memory.buffer.byteLength);
  assert.ok(keptBytes < 64 * MIB, `${keptBytes}`);
  assert.ok(outcome.ok);
  const small = parseAnswer(messageOf(RECORDED));
  assert.ok(small.ok);
  assert.equal(outcome.points, small.points * copies.length);
  assert.equal(outcome.newest.size, small.newest.size * copies.length);
});
