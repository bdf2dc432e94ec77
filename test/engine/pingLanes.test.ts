import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createProbe } from '../../src/engine/admission.ts';
import { startPingPool } from '../../src/engine/pools.ts';
import { parseTarget } from '../../src/model/target.ts';
import { createPki, dipsService, tcpPeer } from '../peers.ts';
import { FIRST_TRY_MS } from './sickThread.ts';

/* Threads that die or stand still are replaced, and their pings tried again or said to be nobody's fault but ours. */

const SERVICE = 'Framework/Lanes';
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

async function startSickPool(t: TestContext, threads: number, delayMs = 300) {
  const port = await dipsService(t, { service: SERVICE, tls, delayMs });
  const silentPort = await tcpPeer(t, () => {});
  const pool = startPingPool(pki.credential, threads, new URL('sickThread.ts', import.meta.url).href);
  t.after(() => pool.close());
  const task = (service: string, timeoutMs: number, at = port) => ({
    target: parseTarget(`dips://localhost:${at}/${service}`),
    timeoutMs,
  });
  return { pool, task, silentPort };
}

test('a thread that crashes is replaced, and the pings under way in it are tried once more', async (t) => {
  const { pool, task } = await startSickPool(t, 2);
  // One of these is in each thread when one of the threads dies; that of the dead one is tried again in the other.
  const underWay = [SERVICE, SERVICE, 'Sick/CrashOnce'].map((service) => pool.run(task(service, FIRST_TRY_MS)));
  const results = await Promise.all(underWay);
  assert.deepEqual(
    results.map(({ ok, reason }) => reason ?? ok),
    [true, true, 'wrong_service'],
  );
  const { crashed, stuck, retried } = pool.facts();
  assert.deepEqual({ crashed, stuck, retried }, { crashed: 1, stuck: 0, retried: 2 });
});

for (const [leak, where] of [
  ['Sick/LeakOnce', 'in its heap'],
  ['Sick/LeakBuffersOnce', 'outside its heap'],
] as const) {
  test(`a thread that leaks ${where} is replaced, and the pings under way in it are tried once more`, async (t) => {
    // Later than the thread is full, so that the ping is under way when it is ended.
    const { pool, task } = await startSickPool(t, 2, 3_000);
    const result = await createProbe(pool)(task(leak, FIRST_TRY_MS));
    const { crashed, stuck, leaked, retried } = pool.facts();
    assert.deepEqual({ crashed, stuck, leaked, retried }, { crashed: 0, stuck: 0, leaked: 1, retried: 1 });
    assert.equal(result.reason, 'wrong_service');
  });
}

test('when its thread has crashed twice a ping is overload, never down', async (t) => {
  const { pool, task } = await startSickPool(t, 2);
  const result = await createProbe(pool)(task('Sick/Crash', 10_000));
  assert.deepEqual([result.ok, result.reason], [false, 'overload']);
  assert.match(result.detail ?? '', /the ping thread crashed/);
});

test('a thread that stands still is ended and replaced; its pings are overload', async (t) => {
  const { pool, task, silentPort } = await startSickPool(t, 1);
  const probe = createProbe(pool);
  const waiting = probe(task('Sick/Quiet', 500, silentPort));
  const [stuck, quiet] = await Promise.all([probe(task('Sick/Stuck', 500)), waiting]);
  assert.deepEqual([stuck.reason, quiet.reason], ['overload', 'overload']);
  const { stuck: count, crashed, retried } = pool.facts();
  assert.deepEqual([count, crashed, retried], [1, 0, 0]);
  const again = await probe(task(SERVICE, 10_000));
  assert.deepEqual([again.ok, again.detail], [true, null]);
});
