import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PRIVATE_NETWORKS, parseAllowOption } from '../../src/config/allowRules.ts';
import { createAllowList } from '../../src/engine/allowList.ts';
import { guard } from '../../src/engine/gate.ts';
import { startPingPool } from '../../src/engine/pools.ts';
import type { AllowRule } from '../../src/model/allowRule.ts';
import type { PingTask } from '../../src/model/pingTask.ts';
import { createPki, frames, tcpPeer } from '../peers.ts';

const pki = await createPki();
const ANSWER = frames('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valuedee');

/** A service on all of 127.0.0.1 that counts who connects, and a guarded pool that pings it. */
async function startGuarded(t: TestContext, rules: readonly AllowRule[], listenOn = '127.0.0.1') {
  const seen = { connections: 0 };
  const serve: Parameters<typeof tcpPeer>[1] = (socket) => {
    seen.connections++;
    socket.once('data', () => socket.end(ANSWER));
  };
  const port = await tcpPeer(t, serve, listenOn);
  const pool = startPingPool(pki.credential);
  t.after(() => pool.close());
  const tasks: PingTask[] = [];
  const run = (task: PingTask) => {
    tasks.push(task);
    return pool.run(task);
  };
  const ping = (host: string, over: Partial<PingTask['target']> = {}, timeoutMs = 5_000) =>
    guard(
      run,
      createAllowList(rules, []),
    )({
      target: { scheme: 'dip', host, port, service: 'A/B', ...over },
      timeoutMs,
    });
  return { ping, seen, tasks, port };
}

test('a name is resolved once, and the ping gets exactly those addresses', async (t) => {
  const { ping, seen, tasks } = await startGuarded(t, PRIVATE_NETWORKS);
  const result = await ping('localhost');
  assert.deepEqual([result.ok, result.address, seen.connections], [true, '127.0.0.1', 1], `${result.detail}`);
  assert.ok(tasks[0]?.addresses?.includes('127.0.0.1'));
  assert.equal(typeof result.timingsMs.dns, 'number');
  const { dns, connect, rpc, total } = result.timingsMs;
  assert.ok(total >= Number(dns) + Number(connect) + Number(rpc) - 1, JSON.stringify(result.timingsMs));
  assert.ok((tasks[0]?.timeoutMs ?? 0) <= 5_000);
});

test('other spellings of an address are judged by what the resolver makes of them', async (t) => {
  const { ping, seen } = await startGuarded(t, PRIVATE_NETWORKS);
  for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1']) {
    const { ok, address } = await ping(host);
    assert.deepEqual([ok, address], [true, '127.0.0.1'], host);
  }
  assert.equal(seen.connections, 4);
});

/** Ways to 127.0.0.1 or beyond that the rules do not cover; the service would answer any that got through. */
const FORBIDDEN: [host: string, rule: string | null][] = [
  ['127.0.0.1', '10.0.0.0/8'],
  ['localhost', '10.0.0.0/8'],
  ['localhost', '::1'],
  ['2130706433', '10.0.0.0/8'],
  ['0x7f.1', '10.0.0.0/8'],
  ['::ffff:127.0.0.1', '10.0.0.0/8'],
  ['0', null],
  ['0.0.0.0', null],
  ['::', null],
  ['::ffff:0.0.0.0', null],
  ['0xa9fea9fe', null],
  ['169.254.169.254', null],
  ['127.0.0.1', 'example.org'],
];

for (const [host, rule] of FORBIDDEN) {
  test(`${host} with ${rule ?? 'the default rules'}: forbidden_target, and nobody connects`, async (t) => {
    const { ping, seen, tasks } = await startGuarded(
      t,
      rule === null ? PRIVATE_NETWORKS : [parseAllowOption(rule)],
      '::',
    );
    const result = await ping(host);
    assert.deepEqual([result.ok, result.reason, result.address], [false, 'forbidden_target', null]);
    assert.match(`${result.detail}`, /^not allowed to ping dip:\/\/.*: no rule covers /);
    assert.deepEqual([seen.connections, tasks.length], [0, 0]);
  });
}

test('a port below 1024 is forbidden before the name is resolved', async (t) => {
  const { ping } = await startGuarded(t, PRIVATE_NETWORKS);
  const result = await ping(`${'x'.repeat(70)}.example`, { port: 80 });
  assert.deepEqual([result.reason, result.timingsMs.dns], ['forbidden_target', null]);
});

test('a name that does not resolve: dns', async (t) => {
  const { ping } = await startGuarded(t, PRIVATE_NETWORKS);
  const result = await ping(`${'x'.repeat(70)}.example`);
  assert.equal(result.reason, 'dns');
  assert.match(`${result.detail}`, /^x{70}\.example: does not resolve \(E/);
  assert.equal(typeof result.timingsMs.dns, 'number');
});

test('a name that a rule names is not judged by its addresses', async (t) => {
  const { ping, tasks } = await startGuarded(t, [parseAllowOption('localhost')]);
  assert.equal((await ping('localhost')).ok, true);
  assert.equal(tasks[0]?.addresses, undefined);
});
