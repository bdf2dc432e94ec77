import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstDueMs, nextDueMs } from '../../src/engine/schedule.ts';

const SEED = 20_261_124;
const INTERVAL_MS = 20_000;
const clock = fc.double({ min: 0, max: 1e10, noNaN: true });
const interval = fc.integer({ min: 1, max: 86_400_000 });

test('the first due time is within one interval from now', () => {
  const property = fc.property(fc.string(), interval, clock, (key, intervalMs, nowMs) => {
    const dueMs = firstDueMs(key, intervalMs, nowMs);
    assert.ok(dueMs >= nowMs && dueMs < nowMs + intervalMs + 1e-3, `${dueMs}`);
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});

test('a key has its own place in the interval, whenever it is asked for', () => {
  const places = [0, 1, 19_999.5, 123_456.75].map(
    (nowMs) => firstDueMs('dips://a:1/A/B', INTERVAL_MS, nowMs) % INTERVAL_MS,
  );
  for (const place of places) assert.ok(Math.abs(place - (places[0] as number)) < 1e-6, `${places}`);
  assert.notEqual(firstDueMs('dips://a:1/A/C', INTERVAL_MS, 0), firstDueMs('dips://a:1/A/B', INTERVAL_MS, 0));
});

test('ten thousand similar targets are spread evenly: no second has twice its share', () => {
  const seconds = new Array(INTERVAL_MS / 1000).fill(0);
  for (let at = 0; at < 10_000; at++) {
    const key = `dips://node${at % 500}.example.org:${9100 + Math.floor(at / 500)}/DataManagement/FileCatalog`;
    seconds[Math.floor(firstDueMs(key, INTERVAL_MS, 0) / 1000)]++;
  }
  for (const count of seconds) assert.ok(count > 250 && count < 1000, `${seconds}`);
});

/** Due time, interval and now; the next due time and how many were skipped. */
const NEXT: [name: string, dueMs: number, nowMs: number, next: number, overruns: number][] = [
  ['in time', 1000, 1005, 1100, 0],
  ['done just when the next is due', 1000, 1100, 1100, 0],
  ['one skipped', 1000, 1101, 1200, 1],
  ['one skipped, at the last moment', 1000, 1200, 1200, 1],
  ['the process stood still', 1000, 61_050, 61_100, 600],
  ['a clock that was set back', 1000, 10, 1100, 0],
];

for (const [name, dueMs, nowMs, next, overruns] of NEXT) {
  test(`the next due time, ${name}`, () => {
    assert.deepEqual(nextDueMs(dueMs, 100, nowMs), { dueMs: next, overruns });
  });
}

test('the next due time keeps the place, is never past, and counts what it skips', () => {
  const property = fc.property(
    interval,
    fc.integer({ min: 0, max: 1e9 }),
    fc.integer({ min: 0, max: 1e9 }),
    (intervalMs, dueMs, lateMs) => {
      const next = nextDueMs(dueMs, intervalMs, dueMs + lateMs);
      assert.ok(next.dueMs >= dueMs + lateMs || next.dueMs === dueMs + intervalMs);
      assert.equal(next.dueMs, dueMs + (next.overruns + 1) * intervalMs);
      assert.ok(next.overruns === 0 || next.dueMs - intervalMs < dueMs + lateMs, 'it skips no more than it must');
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});
