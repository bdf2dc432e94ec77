import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { deadPort, tcpPeer } from '../peers.ts';
import { runCommand } from './runCommand.ts';

const RECORD_LOADS = fileURLToPath(new URL('recordLoads.ts', import.meta.url));
const SOURCES = new URL('../../src/', import.meta.url).href;

/** An HTTP server until the end of the test; resolves to the address of its `/self`. */
async function httpServer(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/self`;
}

const healthcheck = (t: TestContext, ...args: string[]) => runCommand(t, ['healthcheck', ...args], {});

test('a pinger that answers: exit 0 and not a word', async (t) => {
  const asked: (string | undefined)[] = [];
  const url = await httpServer(t, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('I am good thanks');
  });
  const well = { code: 0, stdout: '', stderr: '' };
  assert.deepEqual(await healthcheck(t, '--url', url), well);
  assert.deepEqual(await healthcheck(t, `--url=${url}`), well, 'what commander reads');
  assert.deepEqual(asked, ['GET /self', 'GET /self']);
});

test('one that answers something else: exit 1 and one line', async (t) => {
  for (const [status, message] of [
    [503, 'Service Unavailable'],
    [204, 'No Content'],
    [302, 'Found'],
  ] as const) {
    const url = await httpServer(t, (_request, response) => response.writeHead(status, { location: '/x' }).end());
    const stderr = `${url}: answered ${status} ${message}, expected 200\n`;
    assert.deepEqual(await healthcheck(t, '--url', url), { code: 1, stdout: '', stderr });
  }
});

test('nobody there, one that says nothing, one that talks nonsense', async (t) => {
  const dead = await healthcheck(t, '--url', `http://127.0.0.1:${await deadPort()}/self`);
  assert.deepEqual([dead.code, dead.stdout], [1, '']);
  assert.match(dead.stderr, /^http:.*\/self: connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
  const silent = await healthcheck(t, '--url', `http://127.0.0.1:${await tcpPeer(t, () => {})}/self`);
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /: no answer within 3 s\n$/);
  const port = await tcpPeer(t, (socket) => socket.on('error', () => undefined).end('no HTTP\u001b[2J\r\n\r\n'));
  const nonsense = await healthcheck(t, '--url', `http://127.0.0.1:${port}/self`);
  assert.equal(nonsense.code, 1);
  assert.match(nonsense.stderr, /^http:[ -~]+\n$/);
});

for (const args of [
  ['--url', 'nonsense'],
  ['--url', 'ftp://x/self'],
  ['--url', ''],
  ['--nonsense'],
  ['word'],
  ['--url'],
]) {
  test(`healthcheck ${args.join(' ')}: exit 1 and one line, for Docker keeps 2 for itself`, async (t) => {
    const { code, stdout, stderr } = await healthcheck(t, ...args);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^[^\n]+\n$/);
  });
}

test('it loads what it needs and nothing else', async (t) => {
  const record = join(temporaryFolder(t).path, 'loads');
  await runCommand(t, ['healthcheck'], { RECORD_LOADS_TO: record }, ['--import', RECORD_LOADS]);
  const loaded = readFileSync(record, 'utf8').split('\n');
  assert.deepEqual(loaded.map((url) => url.replace(SOURCES, '')).sort(), [
    'config/duration.ts',
    'entrypoint/flags.ts',
    'entrypoint/healthcheck.ts',
    'entrypoint/main.ts',
    'entrypoint/plainArguments.ts',
    'model/errorText.ts',
    'node:http',
  ]);
});
