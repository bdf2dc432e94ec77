import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startPinger } from '../../src/entrypoint/pinger.ts';
import { tellSystemd } from '../../src/entrypoint/systemdNotify.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { runToEnd } from '../interop/rig/processes.ts';
import { createPki } from '../peers.ts';
import { installDirac, startCommand } from './runCommand.ts';

const RECEIVER = fileURLToPath(new URL('systemdSocket.py', import.meta.url));
const hasSystemdNotify = await runToEnd('systemd-notify', ['--version']).then(
  ({ code }) => code === 0,
  () => false,
);
const NOT_HERE = 'there is no systemd-notify here';

/** A socket such as systemd's until the end of the test; the messages of it, one assignment each, without systemd-notify's own barriers. */
async function listenAsSystemd(t: TestContext) {
  const path = join(temporaryFolder(t).path, 'notify');
  const receiver = spawn('python3', [RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => receiver.kill());
  const lines = createInterface({ input: receiver.stdout });
  await once(lines, 'line');
  const received = on(lines, 'line');
  const next = async (): Promise<string> => {
    const { value = [] } = await received.next();
    const message = (JSON.parse(value[0]) as string).trim();
    return message === 'BARRIER=1' ? next() : message;
  };
  return { env: { NOTIFY_SOCKET: path, PATH: process.env.PATH ?? '' }, next };
}

/** A log that is kept. */
function keepLog() {
  const lines: string[] = [];
  return { lines, log: pino({ base: null }, { write: (line: string) => void lines.push(line) }) };
}

test('READY, a beat for each proof, STOPPING; without a proof no beat', async (t) => {
  if (!hasSystemdNotify) return t.skip(NOT_HERE);
  const { env, next } = await listenAsSystemd(t);
  const { log, lines } = keepLog();
  const first = Promise.withResolvers<void>();
  let asked = 0;
  const prove = async () => {
    asked++;
    if (asked === 1) return first.promise;
    throw new Error('no ping thread is alive');
  };
  const watched = { ...env, WATCHDOG_USEC: '100000', WATCHDOG_PID: `${process.pid}` };
  const systemd = await tellSystemd({ prove, log, env: watched });
  assert.equal(await next(), 'READY=1');
  assert.equal(asked, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(asked, 1, 'a proof that is under way is not asked for again');
  first.resolve();
  assert.equal(await next(), 'WATCHDOG=1');
  while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(`${lines}`, /"reason":"no ping thread is alive","msg":"no watchdog beat"/);
  await systemd.stopping();
  assert.equal(await next(), 'STOPPING=1', 'there was a beat without a proof');
});

test('no beats where the unit has no watchdog, or has it for another process', async (t) => {
  if (!hasSystemdNotify) return t.skip(NOT_HERE);
  for (const watchdog of [{}, { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, { WATCHDOG_USEC: '0' }]) {
    const { env, next } = await listenAsSystemd(t);
    const prove = () => assert.fail('nobody asked for it');
    const systemd = await tellSystemd({ prove, log: keepLog().log, env: { ...env, ...watchdog } });
    assert.equal(await next(), 'READY=1');
    await systemd.stopping();
    assert.equal(await next(), 'STOPPING=1');
  }
});

test('where systemd has not started it nothing is sent; where it cannot be told, the log has it', async () => {
  const { log, lines } = keepLog();
  const prove = () => assert.fail('nobody asked for it');
  const without = await tellSystemd({ prove, log, env: { PATH: '/nowhere' } });
  await without.stopping();
  assert.deepEqual(lines, []);
  const deaf = await tellSystemd({ prove, log, env: { PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/notify' } });
  await deaf.stopping();
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /systemd-notify ENOENT.*systemd was not told READY=1/);
});

for (const command of ['serve', 'run'] as const) {
  test(`${command}: READY when it listens, beats that its ping threads have proved, STOPPING`, async (t) => {
    if (!hasSystemdNotify) return t.skip(NOT_HERE);
    const { env, next } = await listenAsSystemd(t);
    const installation = installDirac(t, await createPki());
    const config = installation.folder.write('run.yaml', 'http: {listen: "127.0.0.1:0"}\nping: {workers: 2}\n');
    const args = command === 'run' ? ['--config', config] : ['--listen', '127.0.0.1:0', '--workers', '2'];
    const child = startCommand(t, [command, ...args], { ...installation.env, ...env, WATCHDOG_USEC: '400000' });
    assert.equal(await next(), 'READY=1');
    assert.equal(await next(), 'WATCHDOG=1');
    assert.equal(await next(), 'WATCHDOG=1');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    let last = await next();
    while (last === 'WATCHDOG=1') last = await next();
    assert.equal(last, 'STOPPING=1');
    assert.deepEqual(await ended, [0, null]);
  });
}

test('a proof is a ping that no metric counts and no rule bars, and there is none without ping threads', async (t) => {
  const { credential } = await createPki();
  for (const workers of [0, 2]) {
    const judge = () => assert.fail('it asks for leave');
    const pinger = startPinger({ credential, workers, maxInFlight: 1, judge });
    t.after(() => pinger.close());
    await pinger.prove();
    assert.equal(pinger.facts().pings.size, 0);
    await pinger.close();
    if (workers > 0) await assert.rejects(pinger.prove());
  }
});
