import 'reflect-metadata'; // @peculiar/x509 needs it loaded before itself
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { createThrowAwayCa, type KeyPair, throwAwayCredential } from '../../src/demo/pki.ts';
import { connectTcp, connectTls } from '../../src/dips/connect.ts';
import { Deadline } from '../../src/dips/deadline.ts';
import { buildIdentity } from '../../src/dips/identity.ts';
import type { PingObserver } from '../../src/dips/pingObserver.ts';
import { ProbeFailure } from '../../src/dips/probeFailure.ts';
import { createPki, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { startFaultProxy } from '../support/faultProxy.ts';
import { opensslServer } from './opensslServer.ts';

/*
 * An observer is told of the certificates that came, however the handshake ended: Node's socket has forgotten them by the time it says
 * what went wrong.
 */

const TIMEOUT_MS = 10_000;
const pki = await createPki();
const strangers = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Strangers');
const below = await strangers.subordinate('C=XX,O=dips-probe,CN=Below strangers');
/** With what our own CAs have above it. */
const BELIEVED = ['localhost', 'Throw-away CA'];

interface Connecting {
  identity?: typeof pki.identity;
  name?: string;
  timeoutMs?: number;
}

/** Connects with an observer: how often it was told of certificates, as their CNs, and the reason why the handshake failed. */
async function observe(port: number, { identity = pki.identity, name = 'localhost', timeoutMs }: Connecting = {}) {
  const told: (string | undefined)[][] = [];
  const nothing = () => {};
  const observer: PingObserver = {
    resolved: nothing,
    tried: nothing,
    showed: (chain) => told.push(chain.map(({ subject }) => subject.split('CN=')[1])),
    sent: nothing,
    received: nothing,
  };
  const deadline = new Deadline(timeoutMs ?? TIMEOUT_MS);
  const tcp = await connectTcp('127.0.0.1', port, deadline);
  const failure = await connectTls(tcp, identity, name, deadline, observer)
    .then(
      ({ socket }) => void socket.destroy(),
      (error) => error,
    )
    .finally(() => deadline.end());
  if (failure && !(failure instanceof ProbeFailure)) throw failure;
  return { reason: failure?.reason ?? null, told };
}

/** A certificate that signs itself, with its key. */
async function selfSigned(): Promise<KeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Self',
    signingAlgorithm: algorithm,
    keys: keys as never,
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certPem: certificate.toString('pem'), keyPem: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

async function withIssuerSent(): Promise<KeyPair> {
  const { certPem, keyPem } = await below.issue();
  return { certPem: `${certPem}\n${below.caPem}`, keyPem };
}

const inThePast = () => ({ notAfter: new Date(Date.now() - 60_000) });

/** What a service shows, and what must be told of it. */
const SHOWN: [what: string, pair: () => Promise<KeyPair>, reason: string | null, told: string[], name?: string][] = [
  ['a good certificate', async () => pki.host, null, BELIEVED],
  ['one of an unknown CA', () => strangers.issue(), 'tls_cert_untrusted', ['localhost']],
  ['one of an unknown CA, sent', withIssuerSent, 'tls_cert_untrusted', ['localhost', 'Below strangers']],
  ['a self-signed one', selfSigned, 'tls_cert_untrusted', ['Self']],
  ['an expired one', () => pki.ca.issue(inThePast()), 'tls_cert_expired', BELIEVED],
  ['one of another name', async () => pki.host, 'tls_name_mismatch', BELIEVED, 'voms.example.org'],
];

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  const options = (pair: KeyPair): TlsOptions => tlsOptions(pki, { maxVersion, cert: pair.certPem, key: pair.keyPem });

  for (const [what, pair, reason, told, name] of SHOWN) {
    test(`${maxVersion}: ${what} is told once, whole`, async (t) => {
      const port = await tlsPeer(t, options(await pair()), () => {});
      assert.deepEqual(await observe(port, { ...(name && { name }) }), { reason, told: [told] });
    });
  }

  test(`${maxVersion}: without a check of anything, too`, async (t) => {
    const port = await tlsPeer(t, options(await strangers.issue()), () => {});
    const identity = buildIdentity({ ...pki.credential, verify: false });
    assert.deepEqual(await observe(port, { identity }), { reason: null, told: [['localhost']] });
  });
}

test('TLS 1.2: the service refuses our certificate after it showed its own', async (t) => {
  const port = await opensslServer(t, pki, 'tls1_2');
  if (port === null) return t.skip('no openssl command on this machine');
  const identity = buildIdentity(throwAwayCredential(await strangers.issue(), pki.ca));
  assert.deepEqual(await observe(port, { identity }), { reason: 'tls_rejected_us', told: [BELIEVED] });
});

test('TLS 1.2: the service hangs after it showed its certificate', async (t) => {
  const servicePort = await tlsPeer(t, tlsOptions(pki, { maxVersion: 'TLSv1.2' }), () => {});
  // Past the hello, short of all that we answer to the certificate: the service waits for the rest for ever.
  const proxy = await startFaultProxy({
    servicePort,
    fault: { kind: 'stall', direction: 'toService', afterBytes: 600 },
  });
  t.after(() => proxy.close());
  assert.deepEqual(await observe(proxy.port, { timeoutMs: 1_000 }), { reason: 'tls_timeout', told: [BELIEVED] });
});

test('nothing is told where no certificate came', async (t) => {
  const silent = await tcpPeer(t, () => {});
  assert.deepEqual(await observe(silent, { timeoutMs: 200 }), { reason: 'tls_timeout', told: [] });
  const noTls = await tcpPeer(t, (socket) => socket.end('220 mail.example.org ESMTP\r\n'));
  assert.deepEqual(await observe(noTls), { reason: 'wrong_protocol', told: [] });
});
