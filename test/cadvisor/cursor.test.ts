import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanceCursor } from '../../src/cadvisor/cursor.ts';
import { parseTimeNs } from '../../src/cadvisor/time.ts';
import type { Cursor } from '../../src/model/parseTask.ts';
import { chooseSamples } from './oracleSamples.ts';

const MINUTE_NS = 60_000_000_000n;

const TIMES: [unknown, bigint | null][] = [
  ['1970-01-01T00:00:00Z', 0n],
  ['2026-11-24T06:36:20.113356719Z', 1_795_502_180_113_356_719n],
  ['2026-11-24T06:36:20.42Z', 1_795_502_180_420_000_000n],
  ['2026-11-24T07:36:20.42+01:00', 1_795_502_180_420_000_000n],
  ['1969-12-31T23:59:59.5Z', -500_000_000n],
  ['0001-01-01T00:00:00Z', null],
  ['2600-01-01T00:00:00Z', null],
  ['2026-13-24T06:36:20Z', null],
  ['2026-11-24T06:36:20', null],
  ['2026-11-24 06:36:20Z', null],
  ['', null],
  [1_795_502_180, null],
  [undefined, null],
];
for (const [text, expected] of TIMES) {
  test(`time ${JSON.stringify(text)}`, () => assert.equal(parseTimeNs(text), expected));
}

test('a container that is missing from an answer keeps its cursor for ten minutes', () => {
  const gone = new Map([
    ['gone', MINUTE_NS],
    ['here', MINUTE_NS],
  ]);
  const soon = advanceCursor(gone, new Map([['here', 10n * MINUTE_NS]]));
  assert.equal(soon.get('gone'), MINUTE_NS);
  assert.equal(soon.get('here'), 10n * MINUTE_NS);
  assert.equal(advanceCursor(soon, new Map([['here', 11n * MINUTE_NS]])).has('gone'), false);
});

test('an empty answer forgets nothing', () => {
  const cursor = new Map([['a', MINUTE_NS]]);
  assert.deepEqual(advanceCursor(cursor, new Map()), cursor);
});

test('however the rounds fall, each sample is sent once and in order', () => {
  const steps = fc.array(fc.record({ newSamples: fc.nat(5), answered: fc.integer({ min: 1, max: 8 }) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(steps, (rounds) => {
      const kept: { timestamp: string }[] = [];
      const sent: bigint[] = [];
      let cursor: Cursor | null = null;
      let second = 0;
      let owed = 0;
      for (const { newSamples, answered } of rounds) {
        for (let i = 0; i < newSamples; i++) kept.push({ timestamp: new Date(1e12 + 1000 * second++).toISOString() });
        owed += newSamples;
        const choice = chooseSamples(kept.slice(-Math.max(answered, owed)), cursor, 'c');
        sent.push(...choice.samples.map(({ timeNs }) => timeNs));
        cursor = advanceCursor(cursor, new Map(choice.newestNs === null ? [] : [['c', choice.newestNs]]));
        owed = 0;
      }
      const all = kept.map(({ timestamp }) => parseTimeNs(timestamp));
      assert.deepEqual(sent, all.slice(all.length - sent.length), 'the newest, without a gap');
      const first = rounds.find(({ newSamples }) => newSamples > 0)?.newSamples ?? 0;
      assert.ok(
        sent.length > all.length - Math.max(first, 1),
        'at most the older samples of the first round are passed over',
      );
    }),
    { numRuns: 500, seed: 3 },
  );
});
