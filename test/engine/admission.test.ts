import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throwAwayCredential } from '../../src/demo/pki.ts';
import { createProbe } from '../../src/engine/admission.ts';
import { type PingPool, startPingPool } from '../../src/engine/pools.ts';
import type { PingTask } from '../../src/model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import { formatTarget, parseTarget, type Target } from '../../src/model/target.ts';
import { createPki, dipsService } from '../peers.ts';

function task(service: string, over: Partial<PingTask> = {}): PingTask {
  return { target: parseTarget(`dips://host:9135/System/${service}`), timeoutMs: 1000, ...over };
}

/** A pool that ends each ping when it is told to. */
function heldPool(capacity: number) {
  const held: { task: PingTask; resolve(result: ProbeResult): void; reject(error: Error): void }[] = [];
  const hurried: Target[] = [];
  const pool: Pick<PingPool, 'capacity' | 'run' | 'hurry'> = {
    capacity,
    hurry: (target) => hurried.push(target),
    run: (asked) => new Promise((resolve, reject) => held.push({ task: asked, resolve, reject })),
  };
  return { pool, held, hurried };
}

const RESULT = failedBeforeConnect('dips://host:9135/System/A', 'refused', 'nobody there');

test('identical pings under way share one, and the next asks anew', async () => {
  const { pool, held } = heldPool(5);
  const probe = createProbe(pool);
  const [first, second] = [probe(task('A')), probe(task('A'))];
  assert.equal(held.length, 1);
  held[0]?.resolve(RESULT);
  assert.equal(await first, RESULT);
  assert.equal(await second, RESULT);
  void probe(task('A'));
  assert.equal(held.length, 2);
});

test('a scheduled ping hurries for whoever joins it, once, and for no other schedule', async () => {
  const { pool, held, hurried } = heldPool(5);
  const probe = createProbe(pool);
  const scheduled = task('A', { startInMs: 150 });
  const results = [scheduled, task('A', { startInMs: 20 })].map(probe);
  assert.deepEqual(hurried, []);
  results.push(probe(task('A')), probe(task('A')));
  assert.equal(held.length, 1);
  assert.equal(hurried.length, 1);
  assert.equal(hurried[0], scheduled.target, 'by the very object, which the pool knows it by');
  held[0]?.resolve(RESULT);
  assert.deepEqual(await Promise.all(results), [RESULT, RESULT, RESULT, RESULT]);
  void probe(task('A'));
  void probe(task('A', { startInMs: 150 }));
  assert.equal(held.length, 2);
  assert.equal(hurried.length, 1, 'what is under way for somebody hurries anyway');
});

test('pings that differ in target, deadline or name are not shared', () => {
  const { pool, held } = heldPool(10);
  const probe = createProbe(pool);
  const tasks = [
    task('A'),
    task('B'),
    task('A', { timeoutMs: 2000 }),
    task('A', { serverName: null }),
    task('A', { serverName: 'x' }),
  ];
  for (const one of [...tasks, ...tasks]) void probe(one);
  assert.deepEqual(
    held.map((ping) => ping.task),
    tasks,
  );
});

test('beyond the capacity: overload at once, which is not handed to the pool; then there is room again', async () => {
  const { pool, held } = heldPool(2);
  const probe = createProbe(pool);
  const first = probe(task('A'));
  void probe(task('B'));
  const refused = await probe(task('C'));
  assert.deepEqual([refused.ok, refused.reason, refused.target], [false, 'overload', formatTarget(task('C').target)]);
  assert.equal(refused.detail, "2 pings are under way, the prober's limit; this says nothing of the service");
  assert.equal(held.length, 2);
  void probe(task('B'));
  assert.equal(held.length, 2, 'what can be shared is shared, full or not');
  held[0]?.resolve(RESULT);
  await first;
  void probe(task('C'));
  assert.equal(held.length, 3);
});

test("a cap that is given takes the place of the pool's capacity", async () => {
  const { pool, held } = heldPool(50);
  const probe = createProbe(pool, { maxInFlight: 2 });
  for (const service of ['A', 'B', 'C', 'D']) void probe(task(service));
  assert.equal(held.length, 2);
  assert.equal((await probe(task('E'))).reason, 'overload');
});

test('one target has a cap of its own, over its deadlines and names; others are not held up', async () => {
  const { pool, held } = heldPool(50);
  const probe = createProbe(pool);
  const first = probe(task('A', { timeoutMs: 1 }));
  for (const timeoutMs of [2, 3, 4]) void probe(task('A', { timeoutMs }));
  const refused = await probe(task('A', { timeoutMs: 5 }));
  assert.deepEqual(
    [refused.reason, refused.detail],
    ['overload', "4 pings of this target are under way, the prober's limit for one; this says nothing of the service"],
  );
  assert.equal(held.length, 4);
  void probe(task('A', { timeoutMs: 2 }));
  assert.equal(held.length, 4, 'what can be shared is shared');
  void probe(task('B'));
  assert.equal(held.length, 5);
  held[0]?.resolve(RESULT);
  await first;
  void probe(task('A', { timeoutMs: 5 }));
  assert.equal(held.length, 6);
});

test('ten thousand that come and go leave no place taken', async () => {
  const { pool, held } = heldPool(3);
  const probe = createProbe(pool, { maxInFlight: 3 });
  for (let round = 0; round < 10_000; round++) {
    const pings = ['A', 'B', 'A'].map((service) => probe(task(service, { timeoutMs: 1 + (round % 7) })));
    assert.equal(held.length, 2);
    held[0]?.resolve(RESULT);
    held[1]?.reject(new Error('gone'));
    await Promise.all(pings);
    held.length = 0;
  }
});

test('a worker that dies is overload, and frees its place', async () => {
  const { pool, held } = heldPool(1);
  const probe = createProbe(pool);
  const lost = probe(task('A'));
  held[0]?.reject(new Error('out of memory'));
  const result = await lost;
  assert.deepEqual([result.reason, result.detail], ['overload', 'the ping worker is gone: Error: out of memory']);
  void probe(task('A'));
  assert.equal(held.length, 2);
});

test('the real pool: results of its thread, and overload for what was under way when it is closed', async (t) => {
  const pki = await createPki();
  const tls = { ...pki.host, caPem: pki.ca.caPem };
  const pool = startPingPool(pki.credential);
  t.after(() => pool.close());
  assert.equal(pool.capacity, 64);
  const probe = createProbe(pool);
  const port = await dipsService(t, { service: 'A/B', tls });
  const url = `dips://127.0.0.1:${port}/A/B`;
  assert.equal((await probe({ target: parseTarget(url), timeoutMs: 8000 })).ok, true);
  const named = await probe({ target: parseTarget(url), timeoutMs: 8000, serverName: 'other.example.org' });
  assert.equal(named.reason, 'tls_name_mismatch');
  const slow = await dipsService(t, { service: 'A/B', tls, delayMs: 60_000 });
  const cut = probe({ target: parseTarget(`dips://127.0.0.1:${slow}/A/B`), timeoutMs: 30_000 });
  await pool.close();
  const { reason, detail } = await cut;
  assert.equal(reason, 'overload');
  assert.match(`${detail}`, /^the ping worker is gone: /);
});

test('a thread without a usable credential lives on, and says so', async (t) => {
  const pool = startPingPool(throwAwayCredential({ certPem: 'no', keyPem: 'no' }, { caPem: '' }));
  t.after(() => pool.close());
  const probe = createProbe(pool);
  const result = await probe(task('A'));
  assert.equal(result.reason, 'no_credentials');
});
