import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlockQueue } from '../../src/influx/blockQueue.ts';
import { letGo } from '../../src/influx/lineMemory.ts';
import { noCounts, type Sink, writeToAll } from '../../src/influx/sink.ts';
import { until } from '../collect/servers.ts';
import { inTurn, listenAnswering, startSink, targetOf } from './sinkRig.ts';

const LINE = 'cpu,host=node-1 total=25384156i 1795000000000000000\n';
/** Some 250 kB. */
const POINTS = 5_000;

/** In memory of their own. */
function manyLines(): Uint8Array {
  return new TextEncoder().encode(LINE.repeat(POINTS));
}

test('memory is given back when all of it was let go of, not before', () => {
  const lines = manyLines();
  const { buffer, byteLength } = lines;
  letGo(lines.subarray(0, LINE.length));
  letGo(lines.subarray(2 * LINE.length));
  assert.equal(buffer.byteLength, byteLength);
  letGo(lines.subarray(LINE.length, 2 * LINE.length));
  assert.equal(buffer.byteLength, 0);
});

test('memory that Buffers share is never given back', () => {
  const small = Buffer.from(LINE);
  const shared = small.buffer.byteLength;
  for (let at = 0; at < shared; at += LINE.length) letGo(small);
  assert.equal(small.buffer.byteLength, shared);
  assert.equal(small.toString(), LINE);
});

test('blocks that are joined to a batch are let go of, a block that is one itself is not', () => {
  const queue = createBlockQueue({ maxLines: 2 * POINTS, maxBytes: 2 ** 20, maxAgeMs: 0 });
  const blocks = [manyLines(), manyLines(), manyLines()];
  for (const lines of blocks) queue.push({ lines, points: POINTS, marks: [] }, 0);
  assert.equal(Buffer.from(queue.takeBatch()?.lines ?? []).toString(), LINE.repeat(2 * POINTS));
  assert.equal(Buffer.from(queue.takeBatch()?.lines ?? []).toString(), LINE.repeat(POINTS));
  assert.deepEqual(
    blocks.map(({ byteLength }) => byteLength),
    [0, 0, LINE.length * POINTS],
  );
});

for (const [what, lines] of [
  ['a Uint8Array', manyLines()],
  ['a Buffer', Buffer.from(LINE.repeat(POINTS))],
] as const) {
  test(`of several sinks each has the lines for itself: ${what}`, () => {
    const taken: Uint8Array[] = [];
    const sink = (): Sink => ({ write: (each) => taken.push(each), counts: noCounts(), close: async () => undefined });
    writeToAll([sink(), sink(), sink()], lines, POINTS);
    for (const each of taken) {
      assert.equal(Buffer.from(each).toString(), LINE.repeat(POINTS));
      letGo(each);
      assert.equal(each.byteLength, 0);
    }
    assert.equal(taken.length, 3);
  });
}

for (const gzip of [true, false]) {
  test(`the sink keeps lines that were not taken, and gives their memory back when they are: gzip ${gzip}`, async (t) => {
    const { url, bodies } = await listenAnswering(t, inTurn({ status: 503 }, { status: 204 }));
    const { sink } = startSink(t, { ...targetOf(url), gzip });
    const lines = manyLines();
    sink.write(lines, POINTS);
    await until(() => sink.counts.accepted === POINTS);
    assert.deepEqual(bodies, [LINE.repeat(POINTS), LINE.repeat(POINTS)]);
    assert.equal(lines.byteLength, 0);
  });
}
