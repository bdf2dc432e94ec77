import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { get, open, readAnswer } from '../http/rawHttp.ts';
import { createPki, deadPort, dipsService, listenUntilEnd } from '../peers.ts';
import { installDirac, runCommand, startCommand } from './runCommand.ts';

const SERVICE = 'DataManagement/FileCatalog';
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

/** The lines of its log, from the start on. */
function readLog(child: ChildProcess): AsyncIterator<string> {
  return createInterface({ input: child.stderr as NodeJS.ReadableStream })[Symbol.asyncIterator]();
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`serves, answers what is under way when ${signal} comes, and stops with exit 0`, async (t) => {
    const { env } = installDirac(t, pki);
    const child = startCommand(t, ['serve', '--listen', '127.0.0.1:0'], env);
    const log = readLog(child);
    const { url, msg } = JSON.parse((await log.next()).value);
    assert.equal(msg, 'listening');
    assert.equal((await get(url, '/self')).body, 'I am good thanks');
    const port = await dipsService(t, { service: SERVICE, tls, version: '8.0.55' });
    const path = (to: number) => `/ping?host=127.0.0.1&port=${to}&service=${SERVICE}`;
    const answer = await get(url, path(port));
    assert.deepEqual(
      [answer.statusLine, answer.body],
      ['HTTP/1.1 200 OK', `up: dips://127.0.0.1:${port}/${SERVICE} version 8.0.55\n`],
    );

    const slow = await dipsService(t, { service: SERVICE, tls, delayMs: 500 });
    const silent = await open(url, '');
    silent.on('error', () => {});
    const waiting = await open(url, `GET ${path(slow)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    // Answered after what was sent before it: the slow ping is under way.
    await get(url, '/self');
    const closed = once(child, 'close');
    child.kill(signal);
    assert.equal((await readAnswer(waiting)).statusLine, 'HTTP/1.1 200 OK');
    assert.deepEqual(await closed, [0, null]);
    const stopping = JSON.parse((await log.next()).value);
    assert.deepEqual([stopping.msg, stopping.signal], ['stopping', signal]);
  });
}

test('it runs with a small heap, in the process that was started and with its own options kept', async (t) => {
  const { env } = installDirac(t, pki);
  const child = startCommand(t, ['serve', '--listen', '127.0.0.1:0'], env, ['--stack-trace-limit=20']);
  await readLog(child).next();
  const arguments_ = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0');
  assert.equal(arguments_.filter((each) => each === '--max-semi-space-size=2').length, 1, `${arguments_}`);
  assert.ok(arguments_.includes('--stack-trace-limit=20'), `${arguments_}`);
});

test('an address that is taken: exit 2 and one line', async (t) => {
  const { env } = installDirac(t, pki);
  const port = await listenUntilEnd(t, createServer());
  assert.deepEqual(await runCommand(t, ['serve', '--listen', `127.0.0.1:${port}`], env), {
    code: 2,
    stdout: '',
    stderr: `dips-probe: cannot listen on 127.0.0.1:${port} (EADDRINUSE)\n`,
  });
});

test('no host certificate: exit 2 before anything listens', async (t) => {
  const { env } = installDirac(t, pki);
  const { code, stderr } = await runCommand(t, ['serve', '--listen', '127.0.0.1:0'], {
    ...env,
    DIRAC_ROOT_PATH: '/nowhere',
  });
  assert.equal(code, 2);
  assert.match(stderr, /^dips-probe: no host certificate with its key found: looked for \/nowhere\/.*\n$/);
});

test('what is passed over in the CA directory is in the log', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const junk = folder.write('dirac/etc/grid-security/certificates/ffffffff.0', 'junk');
  const child = startCommand(t, ['serve', '--listen', '127.0.0.1:0'], env);
  const { level, msg } = JSON.parse((await readLog(child).next()).value);
  assert.deepEqual([level, msg], [40, `${junk}: not a CA certificate (no PEM certificate in it)`]);
});

test('--status-profile consul: 503 where the legacy one says 418, and --max-in-flight is the cap', async (t) => {
  const { env } = installDirac(t, pki);
  const args = ['serve', '--listen', '127.0.0.1:0', '--status-profile', 'consul', '--max-in-flight', '1'];
  const child = startCommand(t, args, env);
  const { url } = JSON.parse((await readLog(child).next()).value);
  const slow = await dipsService(t, { service: SERVICE, tls, delayMs: 60_000 });
  const path = (port: number, more = '') => `/ping?host=127.0.0.1&port=${port}&service=${SERVICE}${more}`;
  assert.match((await get(url, path(await deadPort()))).statusLine, /^HTTP\/1\.1 503 /);
  const waiting = await open(url, `GET ${path(slow, '&timeout=2s')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  // Answered after what was sent before it: the slow ping is under way.
  await get(url, '/self');
  const refused = await get(url, path(await deadPort()));
  assert.match(refused.statusLine, /^HTTP\/1\.1 429 1 pings are under way, the prober's limit/);
  assert.match((await readAnswer(waiting)).statusLine, /^HTTP\/1\.1 503 /);
});
