import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Recurring, startSchedule } from '../../src/engine/scheduler.ts';

const INTERVAL_MS = 10;

/** An item that counts its runs, each as long as told, and says when it has had enough of them. */
function counted(key: string, runs: number, runMs = 0) {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const seen = { runs: 0, atOnce: 0, mostAtOnce: 0 };
  const item: Recurring = {
    key,
    intervalMs: INTERVAL_MS,
    run: async () => {
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++seen.atOnce);
      await sleep(runMs);
      seen.atOnce--;
      if (++seen.runs === runs) resolve();
    },
  };
  return { item, seen, reached };
}

test('every item runs again and again, a slow one holds up no other', async () => {
  const quick = counted('quick', 10);
  const slow = counted('slow', 1, 600_000);
  const hung = new Promise<void>(() => {});
  const schedule = startSchedule([quick.item, { ...slow.item, run: () => hung }]);
  await quick.reached;
  assert.equal(quick.seen.mostAtOnce, 1);
  void schedule.close();
});

test('an item that takes longer than its interval is not started twice; what it misses is counted', async () => {
  const slow = counted('slow', 3, INTERVAL_MS * 3.5);
  const schedule = startSchedule([slow.item]);
  await slow.reached;
  assert.equal(slow.seen.mostAtOnce, 1);
  assert.ok(schedule.overruns >= 6, `${schedule.overruns} overruns`);
  await schedule.close();
});

test('close waits for what is under way and starts nothing more', async () => {
  const { promise: started, resolve: tellStarted } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let [starts, ends] = [0, 0];
  const run = async () => {
    starts++;
    tellStarted();
    await released;
    ends++;
  };
  const schedule = startSchedule([{ key: 'a', intervalMs: INTERVAL_MS, run }]);
  await started;
  const closed = schedule.close();
  release();
  await closed;
  assert.deepEqual([starts, ends], [1, 1]);
  await sleep(INTERVAL_MS * 3);
  assert.deepEqual([starts, ends], [1, 1]);
});

test('close before anything was due starts nothing', async () => {
  const item = counted('a', 1);
  const schedule = startSchedule([{ ...item.item, intervalMs: 60_000 }]);
  await schedule.close();
  assert.equal(item.seen.runs, 0);
  assert.equal(schedule.overruns, 0);
});
