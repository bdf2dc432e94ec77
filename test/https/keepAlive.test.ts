import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Attempt } from '../../src/dips/attempt.ts';
import { createConnectionStore } from '../../src/https/connectionStore.ts';
import { speakHttp } from '../../src/https/httpConnection.ts';
import { parseTarget } from '../../src/model/target.ts';
import { createPki, tlsOptions, tlsPeer } from '../peers.ts';
import { answering, httpsPeer, startPinger, UP } from './httpsPeers.ts';

const pki = await createPki();

test('pings one after another share a connection, also to several services and after a refusal', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, (request, response) => {
    const isHere = request.url === '/A/B' || request.url === '/A/C';
    answering(isHere ? 200 : 404, UP)(request, response);
  });
  const ping = startPinger(t, pki);
  const first = await ping(`https://127.0.0.1:${port}/A/B`);
  for (const service of ['A/B', 'A/C', 'A/Gone', 'A/B']) {
    const result = await ping(`https://127.0.0.1:${port}/${service}`);
    assert.equal(result.reason, service === 'A/Gone' ? 'wrong_service' : null);
    const { dns, connect, tls, rpc } = result.timingsMs;
    assert.deepEqual([dns, connect, tls, typeof rpc], [null, null, null, 'number']);
    assert.deepEqual([result.address, result.tls], [first.address, first.tls]);
  }
  assert.equal(connections(), 1);
});

test('pings at the same time have connections of their own, and none is lost', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, answering(200, UP));
  const ping = startPinger(t, pki);
  const round = () => Promise.all(Array.from({ length: 20 }, () => ping(`https://127.0.0.1:${port}/A/B`)));
  assert.ok((await round()).every(({ ok }) => ok));
  assert.ok((await round()).every(({ ok }) => ok));
  assert.equal(connections(), 20);
});

test('a connection belongs to the name it was checked for', async (t) => {
  const pair = await pki.ca.issue({ names: [{ type: 'dns', value: 'x.example.org' }], commonName: 'x' });
  const { port } = await httpsPeer(t, pki, answering(200, UP), { cert: pair.certPem, key: pair.keyPem });
  const ping = startPinger(t, pki);
  const url = `https://127.0.0.1:${port}/A/B`;
  assert.equal((await ping(url, { serverName: 'x.example.org' })).ok, true);
  assert.equal((await ping(url)).reason, 'tls_name_mismatch');
  assert.equal((await ping(url, { serverName: 'x.example.org' })).timingsMs.tls, null);
});

test('a connection is only used for a ping that may go to its address', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, answering(200, UP));
  const ping = startPinger(t, pki);
  const url = `https://localhost:${port}/A/B`;
  assert.equal((await ping(url, { addresses: ['127.0.0.1'] })).address, '127.0.0.1');
  assert.equal((await ping(url, { addresses: ['127.0.0.2'] })).reason, 'refused');
  assert.equal((await ping(url, { addresses: ['127.0.0.2', '127.0.0.1'] })).timingsMs.connect, null);
  assert.equal(connections(), 1);
});

/** When a server ends a connection that waits, or that it has just answered on. */
const ENDINGS: [name: string, end: (socket: TLSSocket, request: number) => void, connections: number][] = [
  ['while it waits', (socket) => setImmediate(() => socket.end()), 2],
  ['when the next request comes, without an answer', (socket, request) => request > 0 && socket.destroy(), 2],
];

for (const [name, end, expected] of ENDINGS) {
  test(`the server ends the connection ${name}: the next ping opens another`, async (t) => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${UP.length}\r\n\r\n${UP}`;
    const opened: Socket[] = [];
    const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
      opened.push(socket);
      let requests = 0;
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.includes('POST')) return;
        end(socket, requests);
        if (requests++ === 0) socket.write(answer);
      });
    });
    const ping = startPinger(t, pki);
    const url = `https://127.0.0.1:${port}/A/B`;
    assert.equal((await ping(url)).ok, true);
    if (name === 'while it waits' && !opened[0]?.closed) await once(opened[0] as Socket, 'close');
    const second = await ping(url);
    assert.deepEqual([second.ok, typeof second.timingsMs.tls], [true, 'number'], `${second.detail}`);
    assert.equal(opened.length, expected);
  });
}

test('Connection: close is kept to', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, (request, response) => {
    response.setHeader('connection', 'close');
    answering(200, UP)(request, response);
  });
  const ping = startPinger(t, pki);
  for (let turn = 0; turn < 3; turn++) assert.equal((await ping(`https://127.0.0.1:${port}/A/B`)).ok, true);
  assert.equal(connections(), 3);
});

test('a connection that is too old is closed instead of used', async (t) => {
  const { port } = await httpsPeer(t, pki, answering(200, UP));
  const store = createConnectionStore();
  t.after(() => store.close());
  const open = async () => {
    const attempt = new Attempt(parseTarget(`https://127.0.0.1:${port}/A/B`), 10_000);
    return speakHttp(await attempt.connect(pki.identity, undefined), `https://127.0.0.1:${port}`);
  };
  const [fresh, old] = await Promise.all([open(), open()]);
  old.openedAtMs -= 300_000;
  store.keep('key', old);
  await once(old.socket, 'close');
  store.keep('key', fresh);
  assert.equal(store.take('other key'), null);
  assert.equal(store.take('key', ['192.0.2.1']), null);
  assert.equal(store.take('key'), fresh);
  assert.equal(store.take('key'), null);
  const listeners = fresh.socket.listenerCount('close');
  for (let turn = 0; turn < 3; turn++) {
    store.keep('key', fresh);
    assert.equal(store.take('key'), fresh);
  }
  assert.equal(fresh.socket.listenerCount('close'), listeners, 'waiting leaves nothing behind');
  store.keep('key', fresh);
  fresh.openedAtMs -= 300_000;
  assert.equal(store.take('key'), null);
  await once(fresh.socket, 'close');
});

test('no more than 256 connections wait: the one that waited longest is closed', async (t) => {
  const { port } = await httpsPeer(t, pki, answering(200, UP));
  const store = createConnectionStore();
  t.after(() => store.close());
  const attempt = new Attempt(parseTarget(`https://127.0.0.1:${port}/A/B`), 10_000);
  const connections = [];
  for (let count = 0; count < 257; count++) {
    const connection = speakHttp(await attempt.connect(pki.identity, undefined), `https://127.0.0.1:${port}`);
    connections.push(connection);
    store.keep(`${count}`, connection);
  }
  const [first, second] = connections;
  if (!first?.socket.closed) await once(first?.socket as Socket, 'close');
  assert.equal(store.take('0'), null);
  assert.equal(store.take('1'), second);
  await second?.close();
});
