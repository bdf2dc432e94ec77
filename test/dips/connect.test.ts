import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { connect as startTls, type TLSSocket } from 'node:tls';
import { connectTcp, connectTls } from '../../src/dips/connect.ts';
import { encodePingRequest } from '../../src/dips/conversation.ts';
import { Deadline } from '../../src/dips/deadline.ts';
import { ping } from '../../src/dips/ping.ts';
import { answerWith, createPki, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';

const TIMEOUT_MS = 10_000;
const pki = await createPki();
const serve = answerWith('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valueds7:versions6:8.0.55ee');

function pingPort(scheme: 'dip' | 'dips', port: number) {
  const target = { scheme, host: '127.0.0.1', port, service: 'Framework/Ping' };
  return ping(target, { timeoutMs: TIMEOUT_MS, identity: pki.identity });
}

test("Node does not turn the peer's chain into objects when we connect", async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki), () => {});
  const options = {
    port,
    host: '127.0.0.1',
    ca: pki.ca.caPem,
    cert: pki.credential.certPem,
    key: pki.credential.keyPem,
  };
  const plain = startTls(options);
  await once(plain, 'secureConnect');
  // All TLS sockets share the prototype of the native handle; what is called on it builds the objects.
  const prototype = Object.getPrototypeOf((plain as unknown as { _handle: object })._handle);
  const spy = t.mock.method(prototype, 'getPeerCertificate');

  const control = startTls(options);
  await once(control, 'secureConnect');
  assert.ok(spy.mock.callCount() > 0, 'the spy sees nothing: look for another place where Node builds the objects');
  spy.mock.resetCalls();

  const deadline = new Deadline(TIMEOUT_MS);
  t.after(() => deadline.end());
  const tcp = await connectTcp('127.0.0.1', port, deadline);
  const { socket, facts } = await connectTls(tcp, pki.identity, '127.0.0.1', deadline);
  assert.equal(spy.mock.callCount(), 0);
  assert.equal(facts.peerNotAfter, new X509Certificate(pki.host.certPem).validToDate.toISOString());
  assert.equal(facts.protocol, 'TLSv1.3');
  for (const open of [plain, control, socket]) open.destroy();
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a second ping offers no session to a ${maxVersion} service, which would take it`, async (t) => {
    const reused: boolean[] = [];
    const port = await tlsPeer(t, tlsOptions(pki, { maxVersion }), (socket) => {
      reused.push(socket.isSessionReused());
      serve(socket);
    });
    for (let turn = 0; turn < 3; turn++) assert.equal((await pingPort('dips', port)).ok, true);
    assert.deepEqual(reused, [false, false, false]);
    assert.deepEqual(await offerSession(port, reused), [false, false, false, false, true]);
  });
}

test('a whole request arrives in one piece: as one TCP segment, as one TLS record', async (t) => {
  const pieces: Buffer[] = [];
  const collect = (socket: Socket) => {
    socket.on('data', (bytes) => pieces.push(bytes));
    serve(socket);
  };
  assert.equal((await pingPort('dip', await tcpPeer(t, collect))).ok, true);
  assert.equal((await pingPort('dips', await tlsPeer(t, tlsOptions(pki), collect))).ok, true);
  const request = encodePingRequest('Framework/Ping', 'hosts');
  assert.deepEqual(pieces, [request, request]);
});

/** Shows that the service would resume: connects twice as a client that keeps its session. Returns `reused`. */
async function offerSession(port: number, reused: boolean[]): Promise<boolean[]> {
  const options = { port, host: '127.0.0.1', secureContext: pki.identity.context };
  const first: TLSSocket = startTls(options);
  const [session] = await once(first, 'session');
  first.destroy();
  const second = startTls({ ...options, session });
  await once(second, 'secureConnect');
  second.end('x');
  second.resume();
  await once(second, 'close');
  return reused;
}
