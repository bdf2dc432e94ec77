import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDemoCluster } from '../../src/demo/cluster.ts';
import { formatTarget } from '../../src/model/target.ts';
import type { TargetStatus } from '../../src/model/targetState.ts';

/*
 * The two commands that keep everything going, as they are run: `demo`, and `run` with a configuration file.
 */

const MAIN = fileURLToPath(new URL('../../src/entrypoint/main.ts', import.meta.url));

interface Command {
  child: ChildProcess;
  output(): string;
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and gives the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

function startCommand(t: TestContext, args: string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return {
    child,
    output: () => text,
    until: async (pattern) => {
      for (let turn = 0; turn < 300; turn++) {
        const match = pattern.exec(text);
        if (match) return match;
        await delay(50);
      }
      throw new Error(`no ${pattern} in: ${text}`);
    },
    stop: async (signal) => {
      child.kill(signal);
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}

/** A cluster, and a folder with the files of one who watches it. */
async function startSite(t: TestContext) {
  const cluster = await startDemoCluster();
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-run-'));
  t.after(async () => {
    await cluster.close();
    rmSync(dir, { recursive: true });
  });
  const file = (name: string, content: string) => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const { certPem, keyPem, caPems } = cluster.credential;
  file('12345678.0', caPems.join('\n'));
  const credentials = { cert: file('cert.pem', certPem), key: file('key.pem', keyPem), caDir: dir };
  const configure = (config: object) => file('run.yaml', JSON.stringify({ credentials, ...config }));
  return { cluster, dir, configure };
}

/** Waits until each of so many targets has a state. */
async function fetchTargets(url: string, count: number): Promise<TargetStatus[]> {
  for (let turn = 0; turn < 300; turn++) {
    const statuses = (await (await fetch(`${url}/api/v1/targets`)).json()) as TargetStatus[];
    if (statuses.length === count && statuses.every(({ state }) => state !== null)) return statuses;
    await delay(50);
  }
  throw new Error(`not ${count} states`);
}

const EXPECTED: [service: string, state: string, reason: string | null][] = [
  ['DataManagement/FileCatalog', 'up', null],
  ['WorkloadManagement/JobManager', 'up', null],
  ['RequestManagement/ReqManager', 'up', null],
  ['Framework/Monitoring', 'up', null],
  ['Framework/ProxyManager', 'down', 'unauthorized'],
  ['Configuration/Server', 'down', 'refused'],
];

function summarise(statuses: TargetStatus[]) {
  return statuses.map(({ target, state, reason }) => [target.split('/').slice(3).join('/'), state, reason]);
}

test('the demo shows its services as they are, answers HTTP, and stops on Ctrl-C', async (t) => {
  const demo = startCommand(t, ['demo', '--listen', '127.0.0.1:0']);
  const [, url = '', query = ''] = await demo.until(/curl -i '(http:\/\/[\d.:]+)(\/ping\?[^']+)'/);
  const ping = await fetch(`${url}${query}`);
  assert.equal(ping.status, 200);
  assert.match(await ping.text(), /^up: dips:\/\/localhost:\d+\/DataManagement\/FileCatalog version 9\.0\.0\n$/);
  const slow = ['Framework/Monitoring', 'degraded', 'slow'];
  assert.deepEqual(summarise(await fetchTargets(url, EXPECTED.length)), EXPECTED.with(3, slow as never));
  assert.equal(await demo.stop('SIGINT'), 0);
  assert.match(demo.output(), /stopped\.\n$/);
});

test('run pings, collects, stores and answers HTTP by its configuration, and accounts for every point', async (t) => {
  const { dir, cluster, configure } = await startSite(t);
  const config = configure({
    http: { listen: '127.0.0.1:0' },
    ping: { interval: '1s', timeout: '3s' },
    targets: cluster.targets.map(({ target }) => formatTarget(target)),
    collect: { nodes: cluster.nodes, interval: '1s' },
    store: { path: join(dir, 'points.sqlite') },
  });
  const run = startCommand(t, ['run', '--config', config]);
  const [, url = ''] = await run.until(/"url":"(http:[^"]+)"/);
  assert.deepEqual(summarise(await fetchTargets(url, EXPECTED.length)), EXPECTED);
  await run.until(/"msg":"down"/);
  await delay(1_500); // another round of each
  assert.equal(await run.stop('SIGTERM'), 0);

  const [, counts = ''] = await run.until(/"points":(\{[^}]+\}),"msg":"stopped"/);
  const { accepted, ...others } = JSON.parse(counts);
  assert.deepEqual(others, { rejected: 0, dropped: 0, kept: 0 });
  const database = new DatabaseSync(join(dir, 'points.sqlite'), { readOnly: true });
  const rows = database.prepare('SELECT measurement, count(*) AS n FROM line GROUP BY measurement').all();
  database.close();
  assert.deepEqual(rows.map(({ measurement }) => measurement).sort(), [
    'cpu',
    'dips_ping',
    'filesystem',
    'memory',
    'network',
    'tasks',
  ]);
  assert.equal(
    rows.reduce((sum, { n }) => sum + Number(n), 0),
    accepted,
  );
});

test('run says which store cannot be opened, and exits 2', async (t) => {
  const { dir, configure } = await startSite(t);
  const config = configure({ store: { path: join(dir, 'absent', 'points.sqlite') } });
  const run = startCommand(t, ['run', '--config', config]);
  const [code] = await once(run.child, 'exit');
  assert.equal(code, 2);
  assert.match(run.output(), /run\.yaml: store\.path: \S+points\.sqlite cannot be opened/);
});
