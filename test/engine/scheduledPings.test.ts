import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createProbe } from '../../src/engine/admission.ts';
import { startPingPool } from '../../src/engine/pools.ts';
import type { PingTask } from '../../src/model/pingTask.ts';
import { parseTarget } from '../../src/model/target.ts';
import { createPki, dipsService, tcpPeer } from '../peers.ts';
import { FIRST_TRY_MS } from './sickThread.ts';

/* Scheduled pings are handed over before they are due, and their thread starts each at its time. */

const SERVICE = 'Framework/Scheduled';
const AN_HOUR_MS = 3_600_000;
/** Of a test whose ping would otherwise start in an hour. */
const LIMITED = { timeout: 60_000 };
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

async function startPool(t: TestContext, threads = 1) {
  const port = await dipsService(t, { service: SERVICE, tls });
  const pool = startPingPool(pki.credential, threads, new URL('sickThread.ts', import.meta.url).href);
  t.after(() => pool.close());
  const task = (startInMs: number | undefined, service = SERVICE, timeoutMs = 8_000): PingTask => ({
    target: parseTarget(`dips://localhost:${port}/${service}`),
    timeoutMs,
    startInMs,
  });
  return { pool, task };
}

test('each starts at its own time, whatever the order they were handed over in', LIMITED, async (t) => {
  const { pool } = await startPool(t);
  const order: string[] = [];
  const ping = async (name: string, startInMs: number) => {
    const port = await tcpPeer(t, (socket) => {
      order.push(name);
      socket.destroy();
    });
    return pool.run({ target: parseTarget(`dip://127.0.0.1:${port}/A/B`), timeoutMs: 8_000, startInMs });
  };
  const results = await Promise.all([ping('third', 600), ping('first', 0), ping('second', 300)]);
  assert.deepEqual(new Set(results.map(({ reason }) => reason)), new Set(['closed_early']));
  assert.deepEqual([...new Set(order)], ['first', 'second', 'third']);
});

test('one that somebody joins starts at once; the service sees one ping', LIMITED, async (t) => {
  const { pool, task } = await startPool(t);
  const probe = createProbe(pool);
  const scheduled = probe(task(AN_HOUR_MS));
  const asked = probe(task(undefined));
  const [one, other] = await Promise.all([scheduled, asked]);
  assert.equal(one, other);
  assert.deepEqual([one.ok, one.detail], [true, null]);
  assert.deepEqual(pool.facts().inFlight, [0]);
});

test('one that has ended, but whose result waits for others, answers whoever joins it', LIMITED, async (t) => {
  const { pool, task } = await startPool(t);
  const scheduled = task(0);
  const result = pool.run(scheduled);
  for (let turn = 0; turn < 20; turn++) {
    pool.hurry(scheduled.target);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal((await result).ok, true);
  pool.hurry(scheduled.target);
  assert.equal((await pool.run(task(undefined))).ok, true, 'to hurry for what is over does no harm');
});

test('only that target hurries', LIMITED, async (t) => {
  const { pool, task } = await startPool(t);
  const [one, other] = [task(AN_HOUR_MS), task(AN_HOUR_MS)];
  const hurried = pool.run(one);
  const waiting = pool.run(other).catch((error: Error) => error.name);
  pool.hurry(one.target);
  assert.equal((await hurried).ok, true);
  assert.deepEqual(pool.facts().inFlight, [1]);
  await pool.close();
  assert.equal(await waiting, 'LaneLost');
});

test('those of a thread that crashes wait in another', LIMITED, async (t) => {
  const { pool, task } = await startPool(t, 2);
  const waiting = [500, 500].map((startInMs) => pool.run(task(startInMs)));
  const crash = pool.run(task(undefined, 'Sick/CrashOnce', FIRST_TRY_MS));
  const results = await Promise.all([...waiting, crash]);
  assert.deepEqual(
    results.map(({ ok, reason }) => reason ?? ok),
    [true, true, 'wrong_service'],
  );
  assert.equal(pool.facts().crashed, 1);
});

test('those that were due while the process stood still are overload, and do not burst; the next is pinged', async (t) => {
  const { pool, task } = await startPool(t);
  assert.equal((await pool.run(task(undefined))).ok, true, 'the thread is up');
  const due = Array.from({ length: 10 }, () => pool.run(task(50)));
  const stopped = pool.run(task(undefined, 'Sick/Stopped'));
  const results = await Promise.all(due);
  assert.deepEqual(new Set(results.map(({ reason }) => reason)), new Set(['overload']));
  assert.match(`${results[0]?.detail}`, /^the prober stood still for \d{4,} ms when it was due; this says nothing/);
  assert.equal((await stopped).reason, 'wrong_service');
  const { stuck, crashed } = pool.facts();
  assert.deepEqual([stuck, crashed], [0, 0]);
  assert.equal((await pool.run(task(50))).ok, true);
});
