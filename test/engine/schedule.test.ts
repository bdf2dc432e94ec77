import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dueMs, firstRound, MAX_JITTER, nextRound, type Place, placeOf } from '../../src/engine/schedule.ts';

const SEED = 20_261_124;
const INTERVAL_MS = 20_000;
const NO_JITTER = { share: 0, seed: 0 };
const clock = fc.double({ min: 0, max: 1e10, noNaN: true });
const interval = fc.integer({ min: 1, max: 86_400_000 });
const jitter = fc.record({ share: fc.double({ min: 0, max: MAX_JITTER, noNaN: true }), seed: fc.integer() });
const place = fc.tuple(fc.string(), interval, jitter).map((fields) => placeOf(...fields));

test('the first round is due within one interval and its jitter from now, and no earlier one is', () => {
  const property = fc.property(place, clock, (at, nowMs) => {
    const round = firstRound(at, nowMs);
    assert.ok(dueMs(at, round) >= nowMs, `${dueMs(at, round)}`);
    assert.ok(dueMs(at, round - 1) < nowMs, `${dueMs(at, round - 1)}`);
    assert.ok(dueMs(at, round) <= nowMs + at.intervalMs * (1 + at.jitter) + 1e-3, `${dueMs(at, round)}`);
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});

test('a key has its own place in the interval, whenever it is asked for', () => {
  const a = placeOf('dips://a:1/A/B', INTERVAL_MS, NO_JITTER);
  const places = [0, 1, 19_999.5, 123_456.75].map((nowMs) => dueMs(a, firstRound(a, nowMs)) % INTERVAL_MS);
  for (const each of places) assert.ok(Math.abs(each - a.offset * INTERVAL_MS) < 1e-6, `${places}`);
  assert.notEqual(placeOf('dips://a:1/A/C', INTERVAL_MS, NO_JITTER).offset, a.offset);
});

test('ten thousand similar targets are spread evenly: no second has twice its share', () => {
  const seconds = new Array(INTERVAL_MS / 1000).fill(0);
  for (let at = 0; at < 10_000; at++) {
    const key = `dips://node${at % 500}.example.org:${9100 + Math.floor(at / 500)}/DataManagement/FileCatalog`;
    seconds[Math.floor(placeOf(key, INTERVAL_MS, NO_JITTER).offset * 20)]++;
  }
  for (const count of seconds) assert.ok(count > 250 && count < 1000, `${seconds}`);
});

test('jitter: within its bound, all over it, the same for the same seed, another for another', () => {
  const share = 0.05;
  const at = placeOf('dips://a:1/A/B', INTERVAL_MS, { share, seed: 1 });
  const other = placeOf('dips://a:1/A/B', INTERVAL_MS, { share, seed: 2 });
  const behind = (each: Place) =>
    Array.from({ length: 1000 }, (_, round) => dueMs(each, round) / INTERVAL_MS - round - each.offset);
  const shares = behind(at);
  assert.ok(shares.every((each) => each >= -1e-9 && each <= share));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = shares.filter((each) => Math.floor((each / share) * 10) === tenth).length;
    assert.ok(count > 50 && count < 200, `${count} of 1000 in tenth ${tenth}`);
  }
  assert.deepEqual(behind(at), shares);
  const same = behind(other).filter((each, round) => Math.abs(each - (shares[round] as number)) < 1e-6).length;
  assert.ok(same < 10, `${same} of 1000 rounds are jittered alike`);
});

/** Round 10 of a place without offset at an interval of 100 ms: due at 1000. When it was started, now, what is next. */
const NEXT: [name: string, startedMs: number | null, nowMs: number, next: number, overruns: number][] = [
  ['in time', 1000, 1005, 11, 0],
  ['done just when the next is due', 1000, 1100, 11, 0],
  ['one skipped', 1000, 1101, 12, 1],
  ['one skipped, at the last moment', 1000, 1200, 12, 1],
  ['started late: the next is due too soon after it', 1051, 1060, 12, 1],
  ['started late, but half an interval before', 1050, 1060, 11, 0],
  ['the process stood still', null, 61_050, 611, 600],
  ['a clock that was set back', 1000, 10, 11, 0],
];

for (const [name, startedMs, nowMs, round, overruns] of NEXT) {
  test(`the next round, ${name}`, () => {
    const at: Place = { intervalMs: 100, offset: 0, jitter: 0, seed: 0 };
    assert.deepEqual(nextRound(at, 10, startedMs, nowMs), { round, overruns });
  });
}

test('the next round is never past, half an interval from the last start, and skips no more than it must', () => {
  const property = fc.property(place, clock, clock, clock, (at, nowMs, lateMs, tookMs) => {
    const last = firstRound(at, nowMs);
    const startedMs = dueMs(at, last) + lateMs;
    const endedMs = startedMs + tookMs;
    const { round, overruns } = nextRound(at, last, startedMs, endedMs);
    assert.equal(overruns, round - last - 1);
    assert.ok(overruns >= 0);
    const earliestMs = Math.max(endedMs, startedMs + at.intervalMs / 2);
    assert.ok(dueMs(at, round) >= earliestMs);
    assert.ok(overruns === 0 || dueMs(at, round - 1) < earliestMs);
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});
