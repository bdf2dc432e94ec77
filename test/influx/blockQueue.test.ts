import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBlockQueue } from '../../src/influx/blockQueue.ts';
import type { LineBlock } from '../../src/model/lineBlock.ts';

test('behaves as a plain array, through any sequence of push and take', () => {
  const runs = fc.array(fc.record({ pushes: fc.nat(1500), takes: fc.nat(2500) }), { maxLength: 6 });
  fc.assert(
    fc.property(runs, (steps) => {
      const queue = createBlockQueue();
      const model: LineBlock[] = [];
      let points = 0;
      for (const { pushes, takes } of steps) {
        for (let n = 0; n < pushes; n++) {
          const block = { lines: new Uint8Array(points % 7), points: points++, marks: [] };
          queue.push(block);
          model.push(block);
        }
        for (let n = 0; n < takes; n++) assert.equal(queue.take(), model.shift());
        assert.equal(queue.peek(), model[0]);
        assert.equal(
          queue.bytes,
          model.reduce((sum, { lines }) => sum + lines.length, 0),
        );
      }
    }),
    { numRuns: 30, seed: 13 },
  );
});
