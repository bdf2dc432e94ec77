import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ping } from '../../src/dips/ping.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { answerWith, createPki, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { deafListener } from './deafListener.ts';

/** Short, for each of these tests waits as long. The same peers answer well within LONG_MS. */
const SHORT_MS = 500;
const LONG_MS = 20_000;
const VERDICT = 'ds2:OKb1s5:Valuene';
const ANSWER = 'ds2:OKb1s5:Valueds7:versions6:8.0.55ee';
const pki = await createPki();

function pingPort(
  scheme: 'dip' | 'dips',
  port: number,
  timeoutMs = SHORT_MS,
  host = '127.0.0.1',
): Promise<ProbeResult> {
  return ping({ scheme, host, port, service: 'A/B' }, { timeoutMs, identity: pki.identity });
}

test('no answer from the resolver: dns', async () => {
  // Names are resolved on libuv's four threads: while all are busy no name is.
  const busy = Array.from({ length: 4 }, () => promisify(pbkdf2)('secret', 'salt', 400_000, 64, 'sha512'));
  const result = await pingPort('dip', 9, 20, 'localhost');
  await Promise.all(busy);
  assert.deepEqual([result.reason, result.address], ['dns', null]);
  assert.match(`${result.detail}`, /^localhost: no answer from the resolver within \d+ ms$/);
});

test('no answer to the TCP connect: connect_timeout', async (t) => {
  const result = await pingPort('dips', await deafListener(t));
  assert.equal(result.reason, 'connect_timeout');
  assert.match(`${result.detail}`, /^127\.0\.0\.1:\d+: no answer to the TCP connect in \d+ ms$/);
});

test('TCP is up, TLS is not: tls_timeout', async (t) => {
  const result = await pingPort('dips', await tcpPeer(t, () => {}));
  assert.equal(result.reason, 'tls_timeout');
  assert.match(`${result.detail}`, /^the TLS handshake did not end within \d+ ms$/);
});

test('a TLS handshake in crumbs: tls_timeout', async (t) => {
  const service = await tlsPeer(t, tlsOptions(pki), answerWith(VERDICT, ANSWER));
  const port = await relay(t, service, async (bytes, client) => {
    for (const byte of bytes.subarray(0, 200)) {
      if (client.destroyed) return;
      client.write(Buffer.from([byte]));
      await sleep(10);
    }
  });
  assert.equal((await pingPort('dips', port)).reason, 'tls_timeout');
});

/** What a connected service does that never ends with an answer. */
const SILENT: [name: string, serve: (socket: Socket) => void][] = [
  ['nothing', () => {}],
  ['a verdict', (socket) => socket.write(`18:${VERDICT}`)],
  ['a verdict and half an answer', (socket) => socket.write(`18:${VERDICT}39:${ANSWER.slice(0, 20)}`)],
  ['a long frame in crumbs', (socket) => every(10, socket, 'x', '65000:')],
  ['a keep-alive now and then', (socket) => every(30, socket, 'dka5:hello')],
];

for (const [name, serve] of SILENT) {
  test(`${name}, and then silence: rpc_timeout`, async (t) => {
    const [secure, plain] = await Promise.all([
      pingPort('dips', await tlsPeer(t, tlsOptions(pki), serve)),
      pingPort('dip', await tcpPeer(t, serve)),
    ]);
    assert.deepEqual([secure.reason, plain.reason], ['rpc_timeout', 'rpc_timeout']);
    assert.match(`${secure.detail}`, /^connected, but no answer to the ping within \d+ ms$/);
    assert.equal(secure.tls?.protocol, 'TLSv1.3');
  });
}

test('one deadline: a service that is slow in each phase cannot stretch it', async (t) => {
  // Each pause alone is within the deadline, together they are not.
  const pauseMs = SHORT_MS * 0.75;
  const service = await tlsPeer(t, tlsOptions(pki), (socket) => {
    setTimeout(() => answerWith(VERDICT, ANSWER)(socket), pauseMs);
  });
  let pause: Promise<void> | undefined;
  const port = await relay(t, service, async (bytes, client) => {
    pause ??= sleep(pauseMs);
    await pause;
    client.write(bytes);
  });
  assert.equal((await pingPort('dips', port)).reason, 'rpc_timeout');
  assert.equal((await pingPort('dips', port, LONG_MS)).ok, true);
});

test('a handshake that took most of the time: the request is still the first that the service hears', async (t) => {
  const heard: Buffer[] = [];
  const service = await tlsPeer(t, tlsOptions(pki), (socket) => {
    socket.on('data', (bytes) => heard.push(bytes));
    answerWith(VERDICT, ANSWER)(socket);
  });
  let pause: Promise<void> | undefined;
  const port = await relay(t, service, async (bytes, client) => {
    // Past the moment at which a silent service is sent an empty line.
    pause ??= sleep(4_800);
    await pause;
    client.write(bytes);
  });
  const { ok, detail } = await pingPort('dips', port, 6_000);
  assert.ok(ok, `${detail}`);
  assert.match(Buffer.concat(heard).toString('latin1'), /^\d+:d/);
});

/** A port that passes everything to `service`, and what comes back the way `deliver` does. */
function relay(t: TestContext, service: number, deliver: (bytes: Buffer, client: Socket) => Promise<void>) {
  return tcpPeer(t, (client) => {
    const upstream = connect(service, '127.0.0.1').on('error', () => {});
    client.pipe(upstream);
    upstream.on('data', (bytes) => void deliver(bytes, client));
    client.once('close', () => upstream.destroy());
  });
}

function every(intervalMs: number, socket: Socket, text: string, first = ''): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(text), intervalMs);
  socket.once('close', () => clearInterval(timer));
}
