import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDueQueue } from '../../src/engine/dueQueue.ts';

const SEED = 20_261_124;

test('gives back what is due first, whatever the order it came in', () => {
  // A number is pushed, null takes one out, as in a model that is a sorted list.
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 50 })), { maxLength: 200 });
  const property = fc.property(steps, (list) => {
    const queue = createDueQueue();
    const model: number[] = [];
    for (const step of list) {
      if (step === null) {
        assert.equal(queue.pop()?.dueMs, model.shift());
      } else {
        queue.push({ dueMs: step });
        model.push(step);
        model.sort((a, b) => a - b);
      }
      assert.equal(queue.size, model.length);
      assert.equal(queue.peek()?.dueMs, model[0]);
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 1000 });
});

test('leaves only those that fit, in their order', () => {
  const queue = createDueQueue();
  for (const dueMs of [5, 3, 9, 1, 7, 2, 8]) queue.push({ dueMs });
  queue.retain(({ dueMs }) => dueMs % 2 === 1);
  assert.deepEqual(
    Array.from({ length: queue.size }, () => queue.pop()?.dueMs),
    [1, 3, 5, 7, 9],
  );
});
