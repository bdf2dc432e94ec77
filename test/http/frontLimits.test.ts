import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createPki, deadPort } from '../peers.ts';
import { pingPath, slowService, startPinger } from './pinger.ts';
import { get, open, readAnswer } from './rawHttp.ts';

const pki = await createPki();

test('beyond the capacity: 429, which Consul takes for a warning, and when to come again', async (t) => {
  const { url } = await startPinger(t, pki, 1);
  const slow = await slowService(t, pki);
  const first = get(url, pingPath(slow.port));
  await slow.asked;
  const refused = await get(url, pingPath(await deadPort()));
  assert.equal(
    refused.statusLine,
    "HTTP/1.1 429 1 pings are under way, the prober's limit; this says nothing of the service",
  );
  assert.equal(refused.headers['retry-after'], '1');
  assert.match(refused.body, /^overload: /);
  slow.answer();
  assert.equal((await first).statusLine, 'HTTP/1.1 200 OK');
  assert.equal((await get(url, pingPath(await deadPort()))).statusLine.slice(0, 12), 'HTTP/1.1 418');
});

test('many identical requests share one ping', async (t) => {
  const { url } = await startPinger(t, pki, 1);
  const slow = await slowService(t, pki);
  const waiting = Array.from({ length: 20 }, () =>
    open(url, `GET ${pingPath(slow.port)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  );
  const sockets = await Promise.all(waiting);
  await slow.asked;
  // /self is answered after all that was sent before it on this loop: the twenty are in.
  await get(url, '/self');
  slow.answer();
  for (const answer of await Promise.all(sockets.map(readAnswer))) assert.equal(answer.statusLine, 'HTTP/1.1 200 OK');
  assert.equal(slow.connections(), 1);
  assert.equal((await get(url, pingPath(slow.port))).statusLine, 'HTTP/1.1 200 OK');
  assert.equal(slow.connections(), 2);
});

test('requests that are none', async (t) => {
  const { url } = await startPinger(t, pki);
  const long = await get(url, `/ping?host=${'x'.repeat(9000)}`);
  assert.match(long.statusLine, /^HTTP\/1\.1 431 /);
  const many = await get(url, '/self', `X-Long: ${'x'.repeat(9000)}\r\n`);
  assert.match(many.statusLine, /^HTTP\/1\.1 431 /);
  for (const text of ['nonsense\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'GET /self HTTP/1.1\r\n\r\n']) {
    assert.match((await readAnswer(await open(url, text))).statusLine, /^HTTP\/1\.1 400 Bad Request$/, text);
  }
  assert.equal((await get(url, '/self')).body, 'I am good thanks');
});

test('a head that does not come to its end is given up: 408', async (t) => {
  const { url } = await startPinger(t, pki);
  const answer = await readAnswer(await open(url, 'GET /self HTTP/1.1\r\nHost: x\r\n'));
  assert.equal(answer.statusLine, 'HTTP/1.1 408 Request Timeout');
});

test('close answers what was asked, and waits for nobody who asks nothing', { timeout: 30_000 }, async (t) => {
  const front = await startPinger(t, pki);
  const slow = await slowService(t, pki);
  const keepAlive = await open(front.url, `GET ${pingPath(slow.port)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const silent = await open(front.url, '');
  const halfAsked = await open(front.url, 'GET /self HTTP/1.1\r\n');
  await slow.asked;
  const closed = front.close();
  slow.answer();
  const answer = await readAnswer(keepAlive);
  assert.deepEqual([answer.statusLine, answer.headers.connection], ['HTTP/1.1 200 OK', 'close']);
  await closed;
  for (const socket of [silent, halfAsked]) {
    socket.on('error', () => {}).resume();
    if (!socket.closed) await once(socket, 'close');
  }
  await assert.rejects(open(front.url, ''), { code: 'ECONNREFUSED' });
});
