import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResultBook } from '../../src/engine/results.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';

function up(target: string): ProbeResult {
  return { ...failedBeforeConnect(target, 'dns', ''), ok: true, reason: null, detail: null };
}

function down(target: string, reason: FailureReason): ProbeResult {
  return failedBeforeConnect(target, reason, 'for a reason');
}

test('tells of the first result and of each change between up and down', () => {
  const book = new ResultBook();
  const [first, same, fallen, other, risen] = [up('a'), up('a'), down('a', 'refused'), down('a', 'dns'), up('a')];
  assert.deepEqual(book.record(first), { result: first, wasUp: null });
  assert.equal(book.record(same), null);
  assert.deepEqual(book.record(fallen), { result: fallen, wasUp: true });
  assert.equal(book.record(other), null, 'another reason is no change between up and down');
  assert.deepEqual(book.record(risen), { result: risen, wasUp: false });
});

test('keeps the newest result of each target, in the order of their first results', () => {
  const book = new ResultBook();
  const newest = down('b', 'refused');
  for (const result of [up('b'), up('a'), newest]) book.record(result);
  assert.deepEqual(book.latest(), [newest, up('a')]);
});

test('overload says nothing of a service and changes nothing', () => {
  const book = new ResultBook();
  assert.equal(book.record(down('a', 'overload')), null);
  assert.deepEqual(book.latest(), []);
  book.record(up('a'));
  assert.equal(book.record(down('a', 'overload')), null);
  assert.deepEqual(book.latest(), [up('a')]);
});
