import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlockQueue } from '../../src/influx/blockQueue.ts';
import type { LineBlock } from '../../src/model/lineBlock.ts';

const LIMITS = { maxLines: 4, maxBytes: 60, maxAgeMs: 1000 };

/** Lines of 10 bytes. */
function block(first: number, count = 1, node = 'a'): LineBlock {
  const lines = Array.from({ length: count }, (_, at) => `m up=1i ${(first + at) % 10}\n`).join('');
  return { lines: Buffer.from(lines), points: count, marks: [{ node, source: 'docker', cursor: new Map() }] };
}

const textOf = (taken: LineBlock | undefined) => Buffer.from(taken?.lines ?? '').toString();

test('first in, first out, over many more than its empty places, and the bytes and points are theirs', () => {
  const queue = createBlockQueue(LIMITS);
  let [given, taken] = [0, 0];
  for (let round = 0; round < 50; round++) {
    for (let n = 0; n < 100; n++) queue.push(block(given++), 0);
    for (let n = 0; n < 97; n++) assert.equal(textOf(queue.takeOldest()), textOf(block(taken++)));
    assert.equal(queue.bytes, 10 * (given - taken));
    assert.equal(queue.points, given - taken);
  }
  while (queue.points > 0) assert.equal(textOf(queue.takeOldest()), textOf(block(taken++)));
  assert.equal(taken, given);
  assert.equal(queue.takeOldest(), undefined);
  assert.equal(queue.takeBatch(), undefined);
});

test('a batch is due by lines, by bytes or by age', () => {
  const queue = createBlockQueue(LIMITS);
  assert.equal(queue.dueAtMs(), Number.POSITIVE_INFINITY);
  queue.push(block(0), 50);
  queue.push(block(1, 2), 70);
  assert.equal(queue.dueAtMs(), 1050, 'the oldest counts');
  queue.push(block(3), 80);
  assert.equal(queue.dueAtMs(), Number.NEGATIVE_INFINITY, 'four lines');
  queue.takeBatch();
  queue.push({ lines: Buffer.from(`${'x'.repeat(59)}\n`), points: 1, marks: [] }, 90);
  assert.equal(queue.dueAtMs(), Number.NEGATIVE_INFINITY, 'sixty bytes');
});

test('a batch takes as many blocks as fit, with their marks; larger blocks are cut before', () => {
  const queue = createBlockQueue(LIMITS);
  queue.push(block(0, 1, 'a'), 0);
  queue.push(block(1, 2, 'b'), 0);
  queue.push(block(3, 9, 'c'), 0);
  const batches = [queue.takeBatch(), queue.takeBatch(), queue.takeBatch(), queue.takeBatch(), queue.takeBatch()];
  assert.deepEqual(
    batches.map((batch) => batch && [batch.points, batch.marks.map(({ node }) => node).join()]),
    [[3, 'a,b'], [4, ''], [4, ''], [1, 'c'], undefined],
  );
  assert.equal(batches.map(textOf).join(''), textOf(block(0, 12)));
});

test('what is put back is the oldest again, and due', () => {
  const queue = createBlockQueue(LIMITS);
  queue.push(block(0, 2), 0);
  queue.push(block(2, 4), 0);
  const batch = queue.takeBatch();
  assert.equal(queue.points, 4);
  queue.putBack(batch as LineBlock);
  assert.equal(queue.points, 6);
  assert.equal(queue.bytes, 60);
  assert.equal(queue.dueAtMs(), Number.NEGATIVE_INFINITY);
  assert.equal(textOf(queue.takeBatch()), textOf(block(0, 2)));
  const rest = queue.takeBatch();
  queue.putBack(rest as LineBlock);
  queue.putBack(block(8));
  assert.equal(textOf(queue.takeBatch()), textOf(block(8)));
});
