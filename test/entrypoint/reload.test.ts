import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { loadRunConfig } from '../../src/config/runConfig.ts';
import { reloadConfig } from '../../src/entrypoint/reload.ts';
import type { TargetStatus } from '../../src/model/targetState.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { get } from '../http/rawHttp.ts';
import { createPki, dipsService } from '../peers.ts';
import { installDirac, startCommand } from './runCommand.ts';

/*
 * A running `run` whose file is edited, then SIGHUP or POST /-/reload.
 */

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

interface RunningRun {
  url: string;
  /** Writes the file anew. */
  write(config: object): void;
  hangUp(): void;
  /** The next line of the log with that message, none being taken twice. */
  logged(msg: string): Promise<Record<string, unknown>>;
  statuses(): Promise<TargetStatus[]>;
  /** Waits until the states, in the file's order, are these. */
  untilStates(states: (string | null)[]): Promise<TargetStatus[]>;
}

async function startRun(t: TestContext, config: object): Promise<RunningRun> {
  const { folder, env } = installDirac(t, pki);
  const file = join(folder.path, 'run.yaml');
  const write = (changed: object) =>
    writeFileSync(file, JSON.stringify({ http: { listen: '127.0.0.1:0' }, ping: { interval: '200ms' }, ...changed }));
  write(config);
  const child = startCommand(t, ['run', '--config', file], env);
  const waiting: string[] = [];
  let rest = '';
  child.stderr?.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    waiting.push(...parts);
  });
  const logged = async (msg: string) => {
    for (let turn = 0; turn < 400; turn++) {
      const at = waiting.findIndex((line) => JSON.parse(line).msg === msg);
      if (at >= 0) return JSON.parse(waiting.splice(at, 1)[0] as string);
      await delay(50);
    }
    throw new Error(`no ${msg} in ${waiting.join('\n')}`);
  };
  const { url } = await logged('running');
  const statuses = async () => (await (await fetch(`${url}/api/v1/targets`)).json()) as TargetStatus[];
  return {
    url,
    write,
    hangUp: () => child.kill('SIGHUP'),
    logged,
    statuses,
    untilStates: async (states) => {
      let seen: TargetStatus[] = [];
      for (let turn = 0; turn < 400; turn++) {
        seen = await statuses();
        if (JSON.stringify(seen.map(({ state }) => state)) === JSON.stringify(states)) return seen;
        await delay(50);
      }
      throw new Error(`not ${states} but ${JSON.stringify(seen)}`);
    },
  };
}

test('SIGHUP: targets come and go, those that stay keep their state, and the answers follow the new file', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls });
  const [kept, gone, added] = ['A/B', 'A/C', 'A/D'].map((service) => `dips://127.0.0.1:${port}/${service}`);
  const run = await startRun(t, { targets: [kept, gone], allow: [] });
  const before = await run.untilStates(['up', 'down']);

  run.write({
    targets: [added, { target: kept, certificateWarn: '300d' }],
    allow: [],
    ping: { interval: '200ms', workers: 2 },
  });
  run.hangUp();
  assert.deepEqual((await run.logged('configuration taken')).targets, { all: 2, added: 1, changed: 1, removed: 1 });
  const { keys } = await run.logged('these keys changed, and count only after a restart');
  assert.deepEqual(keys, ['ping.workers']);
  // The certificate of the service lasts 14 days; what was up is degraded by the limit that is new, without having been unknown.
  const [, after] = await run.untilStates(['down', 'degraded']);
  assert.equal(after?.reason, 'certificate_expiry');
  assert.ok(Number(after?.sinceMs) > Number(before[0]?.sinceMs));
  const query = `/ping?host=127.0.0.1&port=${port}&service=`;
  assert.match((await get(run.url, `${query}A/C`)).statusLine, /^HTTP\/1.1 403 /, 'allowed only while it was a target');
  assert.match((await get(run.url, `${query}A/D`)).statusLine, /^HTTP\/1.1 418 /);
});

test('an unchanged target keeps the moment of its state and is pinged on', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls });
  const target = `dips://127.0.0.1:${port}/A/B`;
  const run = await startRun(t, { targets: [target] });
  const [before] = await run.untilStates(['up']);
  run.write({ targets: [target, `dips://127.0.0.1:${port}/A/C`] });
  run.hangUp();
  await run.logged('configuration taken');
  await run.untilStates(['up', 'down']);
  for (let turn = 0; ; turn++) {
    const [now] = await run.statuses();
    assert.equal(now?.sinceMs, before?.sinceMs);
    if (Number(now?.resultAtMs) > Number(before?.resultAtMs)) break;
    assert.ok(turn < 400, 'it is not pinged any more');
    await delay(50);
  }
});

test('a bad file is not taken, in no part: all faults in the log and in the answer, the old one stays', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls });
  const target = `dips://127.0.0.1:${port}/A/B`;
  const run = await startRun(t, { targets: [target] });
  const before = await run.untilStates(['up']);
  run.write({ targets: [`dips://127.0.0.1:${port}/A/C`], ping: { interval: 'often', workers: 0 } });
  const faults = [
    'ping.interval: expected a time such as 500ms, 10s or 2m, at most 24h, got "often"',
    'ping.workers: expected a number from 1 to 64, got 0',
  ];
  run.hangUp();
  assert.deepEqual((await run.logged('configuration not taken, the old one stays in use')).faults, faults);
  const refused = await fetch(`${run.url}/-/reload`, { method: 'POST' });
  assert.deepEqual([refused.status, await refused.text()], [400, `${faults.join('\n')}\n`]);
  const [after] = await run.statuses();
  assert.deepEqual([after?.target, after?.sinceMs], [target, before[0]?.sinceMs]);

  run.write({ targets: [target, `dips://127.0.0.1:${port}/A/C`], history: { path: '/nowhere' } });
  const taken = await fetch(`${run.url}/-/reload`, { method: 'POST' });
  const text = 'configuration taken\nhistory: changed, but counts only after a restart\n';
  assert.deepEqual([taken.status, await taken.text()], [200, text]);
  assert.equal((await run.statuses()).length, 2);
});

/** A change of the file, and the keys that are told to wait for a restart. */
const CHANGES: [change: object, keys: string[]][] = [
  [{}, []],
  [{ ping: { timeout: '3s', interval: '1m', failuresBeforeDown: 9, degradedOver: '1s' }, allow: [], targets: [] }, []],
  [{ ping: { workers: 2, maxInFlight: 5, jitter: 0 } }, ['ping.workers', 'ping.maxInFlight', 'ping.jitter']],
  [{ http: { listen: '127.0.0.1:1', statusProfile: 'consul' } }, ['http.listen', 'http.statusProfile']],
  [{ credentials: { cert: '/x', key: '/y' }, collect: { nodes: ['n'] } }, ['credentials', 'collect']],
  [
    { store: { path: '/x' }, history: { path: '/y' }, influx: { host: 'h', database: 'd' } },
    ['influx', 'store', 'history'],
  ],
];

for (const [change, keys] of CHANGES) {
  test(`what of ${JSON.stringify(change)} waits for a restart: ${keys.join(', ') || 'nothing'}`, async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder.path, 'run.yaml');
    const base = { targets: ['dips://h:1/A/B'] };
    writeFileSync(file, JSON.stringify(base));
    const started = loadRunConfig(file);
    writeFileSync(file, JSON.stringify({ ...base, ...change }));
    let taken: unknown = null;
    const outcome = reloadConfig({
      file,
      started,
      take: (config) => {
        taken = config;
        return { added: 0, changed: 0, removed: 0 };
      },
      log: pino({ level: 'silent' }),
    });
    assert.deepEqual(outcome, { faults: [], needsRestart: keys });
    assert.deepEqual(taken, loadRunConfig(file));
  });
}
