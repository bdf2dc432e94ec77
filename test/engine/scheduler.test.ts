import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Recurring, startSchedule } from '../../src/engine/scheduler.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';

const INTERVAL_MS = 20_000;

/** An item that notes when it is started, and takes as long as told. */
function noted(clock: FakeClock, key: string, { intervalMs = INTERVAL_MS, tookMs = 0 } = {}) {
  const starts: number[] = [];
  const run = () => {
    starts.push(clock.nowMs());
    return tookMs === 0 ? Promise.resolve() : new Promise<void>((resolve) => clock.after(tookMs, resolve));
  };
  return { item: { key, intervalMs, run } satisfies Recurring, starts };
}

function distances(starts: readonly number[]): number[] {
  return starts.slice(1).map((start, index) => start - (starts[index] as number));
}

test('each item is started once per interval, at its own place, within a tick', async () => {
  const clock = createFakeClock();
  const items = Array.from({ length: 50 }, (_, at) => noted(clock, `dips://host${at}:9135/A/B`));
  startSchedule(
    items.map(({ item }) => item),
    { clock },
  );
  await clock.pass(10 * INTERVAL_MS);
  for (const { starts } of items) {
    assert.equal(starts.length, 10);
    for (const distance of distances(starts)) assert.ok(Math.abs(distance - INTERVAL_MS) < 1e-6, `${distance}`);
  }
  assert.ok(new Set(items.map(({ starts }) => starts[0])).size > 40, 'they are not started together');
});

test('ten thousand items wait on one timer, and those of one tick are started in one turn', async () => {
  const clock = createFakeClock();
  const turns = new Map<number, number>();
  let turn = 0;
  const run = () => {
    turns.set(turn, (turns.get(turn) ?? 0) + 1);
    return Promise.resolve();
  };
  const items = Array.from({ length: 10_000 }, (_, at) => ({ key: `k${at}`, intervalMs: INTERVAL_MS, run }));
  const after = (ms: number, call: () => void) =>
    clock.after(ms, () => {
      turn++;
      call();
    });
  startSchedule(items, { clock: { nowMs: clock.nowMs, after } });
  assert.equal(clock.waits, 1);
  await clock.pass(2_000);
  assert.equal(clock.waits, 1);
  const counts = [...turns.values()];
  const started = counts.reduce((sum, count) => sum + count, 0);
  assert.ok(started > 800 && started < 1200, `${started} of a share of 1000`);
  assert.ok(counts.length <= 100, `${counts.length} turns in 2 s`);
});

test('ahead of time, all of a stretch is started in one turn, and each is told how long it has to wait', async () => {
  const clock = createFakeClock();
  const dues = new Map<string, number[]>();
  const turns = new Set<number>();
  const keys = Array.from({ length: 200 }, (_, at) => `k${at}`);
  const run = (key: string) => async (startInMs: number) => {
    assert.ok(startInMs >= 0 && startInMs <= 200, `${startInMs}`);
    turns.add(clock.nowMs());
    dues.set(key, [...(dues.get(key) ?? []), clock.nowMs() + startInMs]);
  };
  const schedule = startSchedule(
    keys.map((key) => ({ key, intervalMs: INTERVAL_MS, run: run(key) })),
    { clock, aheadMs: 200 },
  );
  await clock.pass(5 * INTERVAL_MS);
  assert.deepEqual(
    keys.filter((key) => (dues.get(key)?.length ?? 0) < 5),
    [],
  );
  for (const starts of dues.values()) {
    for (const distance of distances(starts)) assert.ok(Math.abs(distance - INTERVAL_MS) < 1e-6, `${distance}`);
  }
  assert.ok([...turns].every((atMs) => atMs % 200 === 0));
  assert.equal(schedule.overruns, 0);
});

test('a run that ends before it was due, as one that shares a ping, is not started again in that round', async () => {
  const clock = createFakeClock();
  const waits: number[] = [];
  const run = async (startInMs: number) => void waits.push(startInMs);
  startSchedule([{ key: 'a', intervalMs: 500, run }], { clock, aheadMs: 200 });
  await clock.pass(10_000);
  assert.ok(waits.length === 20 || waits.length === 21, `${waits.length}`);
  assert.ok(waits.some((ms) => ms > 0));
});

test('with jitter, the distances differ, by no more than its share', async () => {
  const clock = createFakeClock();
  const { item, starts } = noted(clock, 'a');
  startSchedule([item], { clock, jitter: { share: 0.1, seed: 7 } });
  await clock.pass(100 * INTERVAL_MS);
  assert.ok(starts.length >= 99 && starts.length <= 101, `${starts.length}`);
  const all = distances(starts);
  assert.ok(all.every((distance) => distance > 0.9 * INTERVAL_MS - 20 && distance < 1.1 * INTERVAL_MS + 20));
  assert.ok(new Set(all).size > 50);
});

test('a run that takes longer than the interval is not started twice; what it misses is counted, others go on', async () => {
  const clock = createFakeClock();
  const slow = noted(clock, 'slow', { tookMs: 3.5 * INTERVAL_MS });
  const quick = noted(clock, 'quick');
  const schedule = startSchedule([slow.item, quick.item], { clock });
  await clock.pass(11 * INTERVAL_MS);
  assert.deepEqual(
    distances(slow.starts).map((distance) => Math.round(distance / INTERVAL_MS)),
    [4, 4],
  );
  assert.equal(schedule.overruns, 6);
  assert.equal(quick.starts.length, 11);
});

test('a process that was stopped for a minute does not burst: each waits for its own next place', async () => {
  const clock = createFakeClock();
  const items = Array.from({ length: 1_000 }, (_, at) => noted(clock, `k${at}`));
  const schedule = startSchedule(
    items.map(({ item }) => item),
    { clock },
  );
  await clock.pass(INTERVAL_MS);
  const before = items.map(({ starts }) => starts.length);
  assert.deepEqual(new Set(before), new Set([1]));
  await clock.jump(60_000);
  const burst = items.filter(({ starts }) => starts.length > 1).length;
  assert.ok(burst < 100, `${burst} of 1000 were started at once; within a second are 50`);
  await clock.pass(INTERVAL_MS);
  assert.ok(items.every(({ starts }) => starts.length >= 2));
  // Three rounds of each passed meanwhile.
  assert.ok(schedule.overruns >= 2_900 && schedule.overruns <= 3_000, `${schedule.overruns}`);
  for (const { starts } of items) {
    for (const distance of distances(starts)) assert.ok(distance > INTERVAL_MS / 2 - 1e-6);
  }
});

test('what is a little late is run', async () => {
  const clock = createFakeClock();
  const { item, starts } = noted(clock, 'a');
  const schedule = startSchedule([item], { clock });
  await clock.pass(INTERVAL_MS);
  const next = (starts[0] as number) + INTERVAL_MS;
  await clock.jump(next - clock.nowMs() + 900);
  assert.equal(starts.length, 2);
  assert.equal(schedule.overruns, 0);
});

test('what is a little late does not wait, ahead of time or not', async () => {
  const clock = createFakeClock(90);
  const waits: number[] = [];
  const run = async (startInMs: number) => void waits.push(startInMs);
  startSchedule([{ key: 'a', intervalMs: INTERVAL_MS, run }], { clock, aheadMs: 200 });
  for (let second = 0; second < 40; second++) await clock.jump(990);
  assert.deepEqual(waits, [0, 0]);
});

test('an item set again keeps its place, and runs what is new', async () => {
  const clock = createFakeClock();
  const old = noted(clock, 'a');
  const schedule = startSchedule([old.item], { clock });
  await clock.pass(INTERVAL_MS);
  const renewed = noted(clock, 'a');
  schedule.set(renewed.item);
  await clock.pass(2 * INTERVAL_MS);
  assert.deepEqual([old.starts.length, renewed.starts.length], [1, 2]);
  for (const distance of distances([...old.starts, ...renewed.starts])) {
    assert.ok(Math.abs(distance - INTERVAL_MS) < 1e-6);
  }
});

test('others are added, moved and removed without touching the rest', async () => {
  const clock = createFakeClock();
  const kept = noted(clock, 'kept');
  const gone = noted(clock, 'gone');
  const schedule = startSchedule([kept.item, gone.item], { clock });
  await clock.pass(INTERVAL_MS);
  const added = noted(clock, 'added');
  const moved = noted(clock, 'gone', { intervalMs: INTERVAL_MS / 4 });
  schedule.set(added.item);
  schedule.set(moved.item);
  assert.equal(schedule.size, 3);
  await clock.pass(INTERVAL_MS);
  schedule.delete('gone');
  schedule.delete('never there');
  assert.equal(schedule.size, 2);
  await clock.pass(INTERVAL_MS);
  assert.deepEqual([kept.starts.length, added.starts.length, gone.starts.length], [3, 2, 1]);
  assert.ok(moved.starts.length >= 3 && moved.starts.length <= 4, `${moved.starts.length}`);
  for (const distance of distances(kept.starts)) assert.ok(Math.abs(distance - INTERVAL_MS) < 1e-6);
});

test('an interval changed while a run is under way: no second start beside it, the new place after it', async () => {
  const clock = createFakeClock();
  const slow = noted(clock, 'a', { tookMs: 5_000 });
  const schedule = startSchedule([slow.item], { clock });
  while (slow.starts.length === 0) await clock.pass(20);
  const quick = noted(clock, 'a', { intervalMs: 1_000 });
  schedule.set(quick.item);
  await clock.pass(4_900);
  assert.equal(quick.starts.length, 0);
  await clock.pass(5_000);
  assert.ok(quick.starts.length >= 4 && quick.starts.length <= 5, `${quick.starts.length}`);
  assert.equal(slow.starts.length, 1);
});

test('many changes leave nothing behind: one timer, one start per interval', async () => {
  const clock = createFakeClock();
  const { item, starts } = noted(clock, 'a');
  const schedule = startSchedule([], { clock });
  for (let at = 0; at < 1_000; at++) {
    schedule.set({ ...item, intervalMs: INTERVAL_MS + at });
    schedule.delete('a');
  }
  schedule.set(item);
  assert.equal(clock.waits, 1);
  await clock.pass(5 * INTERVAL_MS);
  assert.equal(starts.length, 5);
});

test('close waits for what is under way and starts nothing more', async () => {
  const clock = createFakeClock();
  const { item, starts } = noted(clock, 'a', { tookMs: 5_000 });
  const schedule = startSchedule([item], { clock });
  while (starts.length === 0) await clock.pass(20);
  let isClosed = false;
  const closed = schedule.close().then(() => {
    isClosed = true;
  });
  await clock.pass(4_000);
  assert.equal(isClosed, false);
  await clock.pass(1_000);
  await closed;
  await clock.pass(5 * INTERVAL_MS);
  assert.deepEqual([starts.length, clock.waits], [1, 0]);
});

test('close before anything was due starts nothing', async () => {
  const clock = createFakeClock();
  const { item, starts } = noted(clock, 'a');
  const schedule = startSchedule([item], { clock });
  await schedule.close();
  await clock.pass(INTERVAL_MS);
  assert.deepEqual([starts.length, clock.waits], [0, 0]);
});

test("on the process's own clock too: again and again, and close ends it", async () => {
  let runs = 0;
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    if (++runs === 5) resolve();
  };
  const schedule = startSchedule([{ key: 'a', intervalMs: 40, run }]);
  await reached;
  await schedule.close();
  await sleep(120);
  assert.equal(runs, 5);
});
