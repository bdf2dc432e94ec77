import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { pointsOf } from '../cadvisor/parseToLines.ts';
import { deadAddress, listenHttp, until } from './servers.ts';

const MAIN = fileURLToPath(new URL('../../src/entrypoint/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'collect-command-'));
after(() => rmSync(folder, { recursive: true }));

function startCollect(t: TestContext, args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'collect', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]).then(([stdout, stderr, code]) => ({ stdout, stderr, code }));
  return { child, ended };
}

function configFile(members: object): string {
  const path = join(folder, 'config.json');
  writeFileSync(
    path,
    JSON.stringify({ host: null, port: null, username: null, password: null, database: null, ssl: null, ...members }),
  );
  return path;
}

/** A cAdvisor with the recorded answers of two golden cases; returns its address and the lines it must give for its host. */
async function startRecordedNode(t: TestContext): Promise<{ address: string; lines: string }> {
  const read = (name: string) => readFileSync(new URL(`../cases/${name}`, import.meta.url), 'utf8');
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    response.end(
      read(request.url === '/api/v1.3/docker' ? 'cgroup-v1-docker-newest/body.json' : 'cgroup-v1-machine/body.json'),
    );
  });
  const lines = read('cgroup-v1-docker-newest/lines.txt') + read('cgroup-v1-machine/lines.txt');
  return { address, lines: lines.replaceAll('host=node-1', 'host=127.0.0.1') };
}

/** An InfluxDB that takes everything. */
async function startDatabase(t: TestContext, status = 204) {
  const database = { port: 0, text: '' };
  const address = await listenHttp(t, async (request, response) => {
    const bytes = await buffer(request);
    database.text += (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    response.writeHead(status).end();
  });
  database.port = Number(address.split(':')[1]);
  return database;
}

test('once: prints the lines, sends nothing, exit 0', async (t) => {
  const { address, lines } = await startRecordedNode(t);
  const { stdout, stderr, code } = await startCollect(t, ['-c', configFile({}), '-t', address]).ended;
  assert.deepEqual(pointsOf(stdout), pointsOf(lines));
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('once with -i -q: sends the same lines and prints none, exit 0', async (t) => {
  const { address, lines } = await startRecordedNode(t);
  const database = await startDatabase(t);
  const config = configFile({ host: '127.0.0.1', port: database.port, database: 'dirac' });
  const { stdout, stderr, code } = await startCollect(t, ['-c', config, '-i', '-q', '-t', address]).ended;
  assert.equal(stdout, '');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.deepEqual(pointsOf(database.text), pointsOf(lines));
});

test('a dead node is told, the others are collected, exit 1', async (t) => {
  const { address, lines } = await startRecordedNode(t);
  const dead = await deadAddress();
  const { stdout, stderr, code } = await startCollect(t, ['-c', configFile({}), '-t', dead, address]).ended;
  assert.deepEqual(pointsOf(stdout), pointsOf(lines));
  assert.deepEqual(
    stderr.trimEnd().split('\n'),
    ['docker', 'machine'].map((source) => `dips-probe: ${dead} ${source}: connect ECONNREFUSED ${dead}`),
  );
  assert.equal(code, 1);
});

test('a database that refuses is told, exit 1', async (t) => {
  const { address } = await startRecordedNode(t);
  const { port } = await startDatabase(t, 401);
  const config = configFile({ host: '127.0.0.1', port, database: 'dirac', username: 'u', password: 's3cret' });
  const { stderr, code } = await startCollect(t, ['-c', config, '-i', '-q', '-t', address]).ended;
  assert.match(
    stderr,
    new RegExp(`^dips-probe: http://127.0.0.1:${port}: \\d+ points dropped: answered 401: Unauthorized\n`, 'm'),
  );
  assert.match(stderr, /\ndips-probe: of 39 points 0 were accepted, 0 rejected, 39 dropped\n$/);
  assert.doesNotMatch(stderr, /s3cret/);
  assert.equal(code, 1);
});

test('wrong configuration or usage: exit 2, and nothing is asked', async (t) => {
  const noDatabase = await startCollect(t, ['-c', configFile({}), '-i', '-t', '127.0.0.1']).ended;
  assert.equal(noDatabase.code, 2);
  assert.match(noDatabase.stderr, /config\.json: database: missing/);
  const badTarget = await startCollect(t, ['-c', configFile({}), '-t', '127.0.0.1:0']).ended;
  assert.equal(badTarget.code, 2);
  assert.match(badTarget.stderr, /port "0": expected a number from 1 to 65535/);
  assert.equal((await startCollect(t, ['-t', '127.0.0.1']).ended).code, 2, 'the configuration is required');
});

test('with an interval it goes on until a signal, and closes with its counts', async (t) => {
  const { address, lines } = await startRecordedNode(t);
  const database = await startDatabase(t);
  const config = configFile({ host: '127.0.0.1', port: database.port, database: 'dirac' });
  const { child, ended } = startCollect(t, ['-c', config, '-i', '-q', '--interval', '100ms', '-t', address]);
  await until(() => database.text.length >= lines.length);
  child.kill('SIGTERM');
  const { stderr, code } = await ended;
  const closing = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
  assert.equal(code, 0);
  assert.deepEqual(pointsOf(database.text), pointsOf(lines), 'the recorded samples stand still, so they are sent once');
  assert.deepEqual(
    {
      msg: closing.msg,
      points: closing.points,
      accepted: closing.accepted,
      rejected: closing.rejected,
      dropped: closing.dropped,
      kept: closing.kept,
    },
    { msg: 'stopped', points: 39, accepted: 39, rejected: 0, dropped: 0, kept: 0 },
  );
});
