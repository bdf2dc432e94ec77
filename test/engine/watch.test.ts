import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWatch, type WatchedTarget } from '../../src/engine/watch.ts';
import type { PingTask } from '../../src/model/pingTask.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import { DEFAULT_LIMITS } from '../../src/model/stateLimits.ts';
import { formatTarget, parseTarget } from '../../src/model/target.ts';
import type { Transition } from '../../src/model/targetState.ts';
import { createFakeClock } from './fakeClock.ts';

const INTERVAL_MS = 20_000;

function watched(service: string, over: Partial<WatchedTarget> = {}): WatchedTarget {
  return {
    target: parseTarget(`dips://host.example.org:9135/System/${service}`),
    intervalMs: INTERVAL_MS,
    timeoutMs: 8_000,
    limits: DEFAULT_LIMITS,
    ...over,
  };
}

/** A watch on a clock that is moved by hand, of services that are as `reasonOf` says (null: healthy). */
function startFake(targets: readonly WatchedTarget[]) {
  const clock = createFakeClock();
  const tasks: PingTask[] = [];
  const reasonOf: Record<string, FailureReason> = {};
  const results: [string, number][] = [];
  const transitions: Transition[] = [];
  const watch = startWatch({
    targets,
    clock,
    probe: async (task) => {
      tasks.push(task);
      const reason = reasonOf[task.target.service.slice(7)] ?? null;
      const result: ProbeResult = failedBeforeConnect(formatTarget(task.target), 'dns', 'x');
      return reason === null ? { ...result, ok: true, reason, detail: null } : { ...result, reason };
    },
    onResult: ({ service }, _, atMs) => results.push([service, atMs]),
  });
  watch.subscribe((transition) => transitions.push(transition));
  const states = () => watch.statuses().map(({ target, state }) => [target.slice(-1), state]);
  return { clock, watch, tasks, reasonOf, results, transitions, states };
}

test('pings each target as it is configured, keeps its state and tells of its transitions', async () => {
  const slow = watched('B', { timeoutMs: 100, serverName: 'b.example.org' });
  const { clock, watch, tasks, reasonOf, results, transitions, states } = startFake([watched('A'), slow]);
  assert.deepEqual(states(), [
    ['A', null],
    ['B', null],
  ]);
  reasonOf.B = 'refused';
  await clock.pass(INTERVAL_MS);
  assert.deepEqual(states(), [
    ['A', 'up'],
    ['B', 'down'],
  ]);
  const { startInMs = -1, ...asked } = tasks.find(({ target }) => target === slow.target) as PingTask;
  assert.deepEqual(asked, { target: slow.target, timeoutMs: 100, serverName: 'b.example.org' });
  assert.ok(startInMs >= 0 && startInMs <= 200, `handed over ${startInMs} ms ahead`);
  reasonOf.A = 'tls_timeout';
  delete reasonOf.B;
  await clock.pass(2 * INTERVAL_MS);
  assert.deepEqual(transitions.map(({ target, from, to, reason }) => [target.slice(-1), from, to, reason]).sort(), [
    ['A', null, 'up', null],
    ['A', 'up', 'down', 'tls_timeout'],
    ['B', null, 'down', 'refused'],
    ['B', 'down', 'up', null],
  ]);
  assert.equal(results.length, 6);
  assert.ok(results.every(([, atMs]) => Math.abs(atMs - Date.now()) < 60_000));
  assert.deepEqual(watch.counts(), { targets: 2, overruns: 0 });
});

test('overload is handed on as a result, and is no state', async () => {
  const { clock, reasonOf, results, transitions, states, watch } = startFake([watched('A')]);
  reasonOf.A = 'overload';
  await clock.pass(3 * INTERVAL_MS);
  assert.deepEqual([results.length, transitions, states()], [3, [], [['A', null]]]);
  assert.equal(watch.newest(formatTarget(watched('A').target)), null);
});

test('the newest result with its age, of what is watched', async () => {
  const { clock, watch, tasks } = startFake([watched('A')]);
  const url = formatTarget(watched('A').target);
  assert.equal(watch.newest(url), null);
  while (tasks.length === 0) await clock.pass(20);
  await clock.pass(1_500);
  const newest = watch.newest(url);
  assert.equal(newest?.result.target, url);
  assert.ok(newest && newest.ageMs >= 1_500 && newest.ageMs <= 1_520, `${newest?.ageMs}`);
  assert.equal(watch.newest(formatTarget(watched('B').target)), null);
});

test('a new list: kept ones keep state and place, changed ones their state, the order is that of the list', async () => {
  const { clock, watch, tasks, reasonOf, states, transitions } = startFake(
    ['A', 'B', 'C'].map((each) => watched(each)),
  );
  reasonOf.B = 'refused';
  await clock.pass(INTERVAL_MS);
  const sinceMs = watch.statuses()[1]?.sinceMs;
  const changed = watched('B', { timeoutMs: 50, limits: { ...DEFAULT_LIMITS, successesBeforeUp: 2 } });
  assert.deepEqual(watch.set([watched('D'), changed, watched('A')]), { added: 1, changed: 1, removed: 1 });
  assert.deepEqual(states(), [
    ['D', null],
    ['B', 'down'],
    ['A', 'up'],
  ]);
  assert.equal(watch.statuses()[1]?.sinceMs, sinceMs);
  assert.equal(watch.find(formatTarget(changed.target)), changed);
  tasks.length = 0;
  transitions.length = 0;
  delete reasonOf.B;
  await clock.pass(INTERVAL_MS);
  assert.deepEqual(tasks.map(({ target }) => target.service.slice(-1)).sort(), ['A', 'B', 'D']);
  assert.equal(tasks.find(({ target }) => target === changed.target)?.timeoutMs, 50);
  assert.deepEqual(
    transitions.map(({ target, to }) => [target.slice(-1), to]),
    [['D', 'up']],
    'B answered once, and twice are asked for',
  );
  await clock.pass(INTERVAL_MS);
  assert.deepEqual(transitions.at(-1)?.to, 'up');
  assert.deepEqual(watch.set([watched('A')]), { added: 0, changed: 0, removed: 2 });
  assert.equal(watch.counts().targets, 1);
});

test('a listener that has left is told nothing more; close ends the pings', async () => {
  const { clock, watch, tasks, transitions, reasonOf } = startFake([watched('A')]);
  const told: Transition[] = [];
  const leave = watch.subscribe((transition) => told.push(transition));
  await clock.pass(INTERVAL_MS);
  leave();
  reasonOf.A = 'refused';
  await clock.pass(2 * INTERVAL_MS);
  assert.deepEqual([told.length, transitions.length], [1, 2]);
  await watch.close();
  const count = tasks.length;
  await clock.pass(5 * INTERVAL_MS);
  assert.equal(tasks.length, count);
});
