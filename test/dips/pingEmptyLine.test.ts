import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ping } from '../../src/dips/ping.ts';
import { answerWith, createPki, dipsService, tlsOptions, tlsPeer } from '../peers.ts';

/*
 * A DIPS ping that gets no answer ends its request with an empty line, late, so that an HTTP server says what it is.
 */

const pki = await createPki();

function pingPort(port: number, timeoutMs: number) {
  return ping({ scheme: 'dips', host: '127.0.0.1', port, service: 'A/B' }, { timeoutMs, identity: pki.identity });
}

test("an HTTP server that waits for an empty line, as DIRAC's Tornado does: wrong_protocol", async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk;
      if (seen.includes('\r\n\r\n')) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
  });
  const result = await pingPort(port, 1000);
  assert.deepEqual([result.reason, result.encoding], ['wrong_protocol', null], `${result.detail}`);
  assert.match(`${result.detail}`, /got an HTTP answer: "HTTP\/1\.1 400 Bad Request"$/);
});

test('a DIPS service that answers after the empty line is up', async (t) => {
  const timeoutMs = 4000;
  const tls = { ...pki.host, caPem: pki.ca.caPem };
  const port = await dipsService(t, { service: 'A/B', tls, delayMs: timeoutMs * 0.8 });
  const result = await pingPort(port, timeoutMs);
  assert.deepEqual([result.ok, result.name], [true, 'A/B'], `${result.detail}`);
});

test('nothing but the request is sent to a service that answers', async (t) => {
  const pieces: string[] = [];
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
    socket.on('data', (chunk) => pieces.push(`${chunk}`));
    answerWith('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valuedee')(socket);
  });
  assert.equal((await pingPort(port, 10_000)).ok, true);
  assert.deepEqual([pieces.length, pieces.join('').includes('\r\n')], [1, false]);
});
