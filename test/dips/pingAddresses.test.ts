import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ping } from '../../src/dips/ping.ts';
import { answerWith, createPki, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';

const pki = await createPki();
const serve = answerWith('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valuedee');
const UNKNOWN = 'no-such-name.invalid';

test('given addresses are connected to, and the name is not resolved', async (t) => {
  const target = { scheme: 'dip', host: UNKNOWN, port: await tcpPeer(t, serve), service: 'A/B' } as const;
  const options = { timeoutMs: 5_000, identity: null };
  assert.equal((await ping(target, options)).reason, 'dns');
  const pinned = await ping(target, { ...options, addresses: ['127.0.0.1'] });
  assert.deepEqual([pinned.ok, pinned.address, pinned.timingsMs.dns], [true, '127.0.0.1', null]);
  assert.equal((await ping(target, { ...options, addresses: [] })).reason, 'dns');
});

test('a name that resolves elsewhere does not lead away from the given addresses', async (t) => {
  const port = await tcpPeer(t, serve, '127.0.0.2');
  const target = { scheme: 'dip', host: 'localhost', port, service: 'A/B' } as const;
  const options = { timeoutMs: 5_000, identity: null };
  assert.equal((await ping(target, options)).reason, 'refused');
  assert.equal((await ping(target, { ...options, addresses: ['127.0.0.2'] })).address, '127.0.0.2');
});

test('the certificate is still checked for the name', async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki), serve);
  const options = { timeoutMs: 5_000, identity: pki.identity, addresses: ['127.0.0.1'] };
  const named = await ping({ scheme: 'dips', host: 'localhost', port, service: 'A/B' }, options);
  const other = await ping({ scheme: 'dips', host: UNKNOWN, port, service: 'A/B' }, options);
  assert.deepEqual([named.reason, other.reason], [null, 'tls_name_mismatch']);
});

test('an observer is told of each address, of the certificates and of every byte, in order', async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki), serve);
  const events: unknown[] = [];
  const target = { scheme: 'dips', host: 'localhost', port, service: 'A/B' } as const;
  const result = await ping(target, {
    timeoutMs: 5_000,
    identity: pki.identity,
    addresses: ['127.0.0.3', '127.0.0.1'],
    observer: {
      resolved: (addresses) => events.push(addresses),
      tried: (address, failure) => events.push([address, failure?.reason ?? null]),
      showed: (chain) => events.push(chain.map(({ subject }) => subject.split('\n').at(-1))),
      sent: (bytes) => events.push(bytes.toString().slice(-18)),
      received: (bytes) => events.push(bytes.toString().slice(0, 3)),
    },
  });
  assert.equal(result.ok, true);
  assert.deepEqual(events, [
    ['127.0.0.3', '127.0.0.1'],
    ['127.0.0.3', 'refused'],
    ['127.0.0.1', null],
    ['CN=localhost', 'CN=Throw-away CA'],
    's2:OKb1s5:Valuetee',
    '18:',
  ]);
});
