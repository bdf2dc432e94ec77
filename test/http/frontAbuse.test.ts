import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { failedBeforeConnect } from '../../src/model/result.ts';
import type { TargetStatus } from '../../src/model/targetState.ts';
import { graded, startTestFront } from './pinger.ts';
import { get, open, readAnswer } from './rawHttp.ts';
import { readExposition } from './readExposition.ts';

/*
 * What a client may do wrong, by accident or on purpose: each is bounded, and everybody else is served all the while.
 */

const PING = '/ping?host=a&port=9135&service=A/B';
const notAsked = () => Promise.reject(new Error('not asked'));

async function cutConnections(url: string): Promise<string[]> {
  return readExposition((await get(url, '/metrics')).body).of('dips_probe_http_connections_cut_total');
}

async function assertServes(url: string): Promise<void> {
  assert.equal((await get(url, '/self')).body, 'I am good thanks');
}

/** 20,000 targets: some 15 MB of JSON, more than the kernel takes for a connection. */
function manyStatuses(): TargetStatus[] {
  const result = failedBeforeConnect('dips://a:9135/A/B', 'refused', 'x'.repeat(500));
  const status: TargetStatus = { target: 't', state: 'down', sinceMs: 1, reason: 'refused', result, resultAtMs: 1 };
  return Array.from({ length: 20_000 }, () => status);
}

test('clients that ask for much and never read hold a bounded amount, and are cut', { timeout: 90_000 }, async (t) => {
  const statuses = manyStatuses();
  const watch = { statuses: () => statuses, history: notAsked, subscribe: () => () => {} };
  const { url } = await startTestFront(t, notAsked, { watch });
  const deaf = await Promise.all(
    Array.from({ length: 8 }, () => open(url, 'GET /api/v1/targets HTTP/1.1\r\nHost: x\r\n\r\n')),
  );
  for (const socket of deaf)
    socket
      .setTimeout(0)
      .on('error', () => {})
      .pause();
  const refused = await get(url, '/api/v1/targets');
  assert.match(refused.statusLine, /^HTTP\/1\.1 503 Too many answers wait to be read/);
  assert.equal(refused.headers['retry-after'], '1');
  await assertServes(url);
  let cut: string[] = [];
  for (let turn = 0; turn < 120 && !cut.some((line) => /slow_reader"\} [1-9]/.test(line)); turn++) {
    await delay(500);
    cut = await cutConnections(url);
  }
  assert.match(cut.join('\n'), /slow_reader"\} [1-9]/);
  for (const socket of deaf) socket.destroy();
  await delay(100);
  assert.equal((await get(url, '/api/v1/targets')).statusLine, 'HTTP/1.1 200 OK', 'what they held is free again');
});

test('a flood of headers: 431', async (t) => {
  const { url } = await startTestFront(t, notAsked);
  const many = Array.from({ length: 1_000 }, (_, at) => `X-Header-${at}: ${at}\r\n`).join('');
  assert.match((await get(url, '/self', many)).statusLine, /^HTTP\/1\.1 431 /);
  await assertServes(url);
});

test('a head that trickles in is given up: 408', { timeout: 30_000 }, async (t) => {
  const { url } = await startTestFront(t, notAsked);
  const socket = await open(url, 'GET /self HTTP/1.1\r\n');
  const trickle = setInterval(() => socket.write('X: y\r\n'), 200);
  t.after(() => clearInterval(trickle));
  socket.on('error', () => {});
  const answer = await readAnswer(socket);
  assert.equal(answer.statusLine, 'HTTP/1.1 408 Request Timeout');
  await assertServes(url);
});

for (const [name, head] of [
  ['of a length', `Content-Length: ${1024 ** 3}`],
  ['in chunks', 'Transfer-Encoding: chunked'],
] as const) {
  test(`a body without end, ${name}: 413, and it is not read`, async (t) => {
    const { url } = await startTestFront(t, notAsked, { reload: notAsked });
    for (const line of ['POST /-/reload', `GET ${PING}`]) {
      const socket = await open(url, `${line} HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      const closed = closeOf(socket);
      let first = '';
      socket.on('data', (chunk) => (first += chunk));
      const sent = await flood(socket);
      await closed;
      assert.match(first, /^HTTP\/1\.1 413 A body was sent/);
      assert.ok(sent < 64 * 1024 ** 2, `${sent} bytes were taken`);
    }
    await assertServes(url);
  });
}

/** Resolves when the connection is gone, however it ended. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((closed) => {
    if (socket.closed) closed();
    socket.on('error', () => {}).once('close', () => closed());
  });
}

/** Sends until the other side closes, or 64 MB; returns how many bytes the kernel took. */
async function flood(socket: Socket): Promise<number> {
  const piece = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
  while (!socket.destroyed && socket.bytesWritten < 64 * 1024 ** 2) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => {}), closeOf(socket)]);
  }
  return socket.bytesWritten;
}

test('a small body is passed over', async (t) => {
  const { url } = await startTestFront(t, notAsked, { reload: async () => ({ faults: [], needsRestart: [] }) });
  const socket = await open(url, 'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello');
  socket.write('GET /self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const { statusLine, body } = await readAnswer(socket);
  assert.equal(statusLine, 'HTTP/1.1 200 OK');
  assert.match(body, /^configuration taken\n[\s\S]*I am good thanks$/);
});

test('requests in a pipe are answered in order, and cut when they are too many', async (t) => {
  const answers: (() => void)[] = [];
  const { url } = await startTestFront(t, async () => {
    await new Promise<void>((answer) => answers.push(answer));
    return graded(failedBeforeConnect('dips://a:9135/A/B', 'refused', 'no'));
  });
  const ping = `GET ${PING} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const last = 'GET /self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const orderly = await open(url, ping.repeat(15) + last);
  await until(() => answers.length === 15);
  for (const answer of answers) answer();
  const { body } = await readAnswer(orderly);
  assert.equal(body.match(/HTTP\/1\.1 418 no/g)?.length, 14, 'after the first');
  assert.ok(body.endsWith('I am good thanks'));

  answers.length = 0;
  const greedy = await open(url, ping.repeat(5_000));
  await closeOf(greedy.resume());
  assert.ok(answers.length <= 16, `${answers.length} pings were started`);
  assert.ok((await cutConnections(url)).includes('{cause="pipelining"} 1'));
  for (const answer of answers) answer();
  await assertServes(url);
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !holds(); turn++) await delay(25);
  assert.ok(holds(), `${holds} within 5 s`);
}

/** That many connections, on which this is sent, until the end of the test. Those that are refused are closed at once. */
async function openMany(t: TestContext, url: string, count: number, text: string): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < count) {
    const few = Array.from({ length: Math.min(500, count - sockets.length) }, () => connect(Number(port), hostname));
    for (const socket of few) {
      socket.on('error', () => {}).resume();
      if (text !== '') socket.write(text);
    }
    sockets.push(...few);
    await Promise.all(few.map((socket) => once(socket, 'connect')));
  }
  return sockets;
}

const isClosed = (socket: Socket) => socket.destroyed;

test('5,000 connections that say nothing: those that ask are served, and the silent ones end by and by', {
  timeout: 60_000,
}, async (t) => {
  const { url } = await startTestFront(t, async () =>
    graded(failedBeforeConnect('dips://a:9135/A/B', 'refused', 'no')),
  );
  const silent = await openMany(t, url, 5_000, '');
  assert.equal((await get(url, PING)).statusLine, 'HTTP/1.1 418 no');
  for (let turn = 0; turn < 200 && !silent.every(isClosed); turn++) await delay(100);
  assert.ok(silent.every(isClosed), 'none holds its place for ever');
  await assertServes(url);
});

test('beyond 6,000 connections the newest is refused, and counted', { timeout: 60_000 }, async (t) => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { url } = await startTestFront(t, async () => {
    await released;
    return graded(failedBeforeConnect('dips://a:9135/A/B', 'refused', 'no'));
  });
  // Each waits for its answer, so that none ends by a timeout of ours.
  const waiting = await openMany(t, url, 6_000, `GET ${PING} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const refused = await openMany(t, url, 50, '');
  await Promise.all(refused.map(closeOf));
  assert.ok(!waiting.some(isClosed), 'not one that was there before');
  release();
  await Promise.all(waiting.map(closeOf));
  assert.ok((await cutConnections(url)).includes('{cause="limit"} 50'));
});
