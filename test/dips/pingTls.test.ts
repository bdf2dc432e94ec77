import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { createThrowAwayCa, type HostCertificateOptions } from '../../src/demo/pki.ts';
import { buildAnonymousIdentity, buildIdentity, type Identity } from '../../src/dips/identity.ts';
import { type PingOptions, ping } from '../../src/dips/ping.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { answerWith, createPki, listenUntilEnd, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { opensslServer } from './opensslServer.ts';

const HOUR_MS = 3_600_000;
const serve = answerWith('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valueds7:versions6:8.0.55ee');
const pki = await createPki();
const otherCa = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Other CA');

function pingPort(port: number, options: Partial<PingOptions> = {}, host = '127.0.0.1'): Promise<ProbeResult> {
  const target = { scheme: 'dips' as const, host, port, service: 'Framework/Ping' };
  return ping(target, { timeoutMs: 10_000, identity: pki.identity, ...options });
}

/** A service that shows a certificate of our CA with the given dates or names. */
async function serviceWith(t: TestContext, options: HostCertificateOptions): Promise<number> {
  const { certPem, keyPem } = await pki.ca.issue(options);
  return tlsPeer(t, tlsOptions(pki, { cert: certPem, key: keyPem }), serve);
}

function assertFailed(result: ProbeResult, reason: FailureReason, detail: RegExp): void {
  assert.deepEqual([result.ok, result.reason], [false, reason], `${result.detail}`);
  assert.match(`${result.detail}`, detail);
}

test('the suite that costs least is named first, and any other is taken', async (t) => {
  // As an OpenSSL server, DIRAC's too, where nobody says otherwise; Node's own prefers its order.
  const free = await tlsPeer(t, tlsOptions(pki, { honorCipherOrder: false }), serve);
  assert.equal((await pingPort(free)).tls?.cipher, 'TLS_AES_128_GCM_SHA256');
  for (const ciphers of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
    const narrow = await tlsPeer(t, tlsOptions(pki, { ciphers }), serve);
    assert.equal((await pingPort(narrow)).tls?.cipher, ciphers);
  }
});

test("the service's certificate is over", async (t) => {
  const port = await serviceWith(t, {
    notBefore: new Date(Date.now() - 2 * HOUR_MS),
    notAfter: new Date(Date.now() - HOUR_MS),
  });
  assertFailed(await pingPort(port), 'tls_cert_expired', /^certificate has expired \(CERT_HAS_EXPIRED\)$/);
});

test("the service's certificate is not valid yet", async (t) => {
  const port = await serviceWith(t, { notBefore: new Date(Date.now() + HOUR_MS) });
  assertFailed(await pingPort(port), 'tls_cert_expired', /\(CERT_NOT_YET_VALID\)$/);
});

test("the service's certificate is of a CA that we do not have", async (t) => {
  const { certPem, keyPem } = await otherCa.issue();
  const port = await tlsPeer(t, tlsOptions(pki, { cert: certPem, key: keyPem }), serve);
  assertFailed(await pingPort(port), 'tls_cert_untrusted', /\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/);
  const believing = buildIdentity({ ...pki.credential, verify: false });
  const result = await pingPort(port, { identity: believing });
  assert.deepEqual([result.ok, result.reason], [true, null]);
  assert.equal(typeof result.tls?.peerNotAfter, 'string');
});

test("the service's certificate is for another name", async (t) => {
  const port = await serviceWith(t, {
    names: [{ type: 'dns', value: 'voms.example.org' }],
    commonName: 'dirac.example.org',
  });
  const expected = /^expected a certificate for 127\.0\.0\.1, it is for DNS:voms\.example\.org$/;
  assertFailed(await pingPort(port), 'tls_name_mismatch', expected);
  assertFailed(await pingPort(port, {}, 'localhost'), 'tls_name_mismatch', /^expected a certificate for localhost,/);
  assertFailed(await pingPort(port, { serverName: '127.0.0.2' }), 'tls_name_mismatch', /for 127\.0\.0\.2,/);
  for (const unusable of ['', 'a\0b', '*', 'x'.repeat(300)]) {
    assertFailed(await pingPort(port, { serverName: unusable }), 'tls_name_mismatch', /^expected a certificate for/);
  }
  for (const serverName of ['voms.example.org', 'dirac.example.org', null]) {
    assert.equal((await pingPort(port, { serverName })).ok, true, `${serverName}`);
  }
});

test('a name that is not checked is not asked for; else it goes as SNI, an address does not', async (t) => {
  const asked: unknown[] = [];
  const options = tlsOptions(pki, {
    SNICallback: (name, done) => {
      asked.push(name);
      done(null, createSecureContext({ cert: pki.host.certPem, key: pki.host.keyPem, ca: pki.ca.caPem }));
    },
  });
  const port = await tlsPeer(t, options, serve);
  assert.equal((await pingPort(port, { serverName: null })).ok, true);
  assert.equal((await pingPort(port)).ok, true);
  assert.deepEqual(asked, []);
  assert.equal((await pingPort(port, {}, 'localhost')).ok, true);
  assert.deepEqual(asked, ['localhost']);
});

for (const version of ['tls1_2', 'tls1_3']) {
  for (const [what, identity, alert] of [
    ['no certificate', async () => buildAnonymousIdentity([pki.ca.caPem]), /handshake_failure|certificate_required/],
    ['a certificate of a CA it does not know', () => clientOf(otherCa.issue()), /unknown_ca/],
    [
      'an expired certificate',
      () => clientOf(pki.ca.issue({ notAfter: new Date(Date.now() - HOUR_MS) })),
      /certificate_expired/,
    ],
  ] as const) {
    test(`the service refuses us on ${version}: ${what}`, async (t) => {
      const port = await opensslServer(t, pki, version);
      if (port === null) return t.skip('no openssl command on this machine');
      const result = await pingPort(port, { identity: await identity() });
      assertFailed(result, 'tls_rejected_us', /^the service refused our certificate: TLS alert/);
      assert.match(`${result.detail}`, alert);
    });
  }
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a service of our own refuses us on ${maxVersion} where we show no certificate`, async (t) => {
    const port = await tlsPeer(t, tlsOptions(pki, { maxVersion }), serve);
    const result = await pingPort(port, { identity: buildAnonymousIdentity([pki.ca.caPem]) });
    assertFailed(result, 'tls_rejected_us', /^the service refused our certificate: TLS alert/);
  });
}

/** A fatal alert as a TLS 1.2 service sends it while the handshake is not encrypted yet (RFC 8446 §6.2 has the numbers). */
const ALERTS: [name: string, number: number, reason: FailureReason][] = [
  ['bad_certificate', 42, 'tls_rejected_us'],
  ['unsupported_certificate', 43, 'tls_rejected_us'],
  ['certificate_revoked', 44, 'tls_rejected_us'],
  ['certificate_expired', 45, 'tls_rejected_us'],
  ['certificate_unknown', 46, 'tls_rejected_us'],
  ['unknown_ca', 48, 'tls_rejected_us'],
  ['access_denied', 49, 'tls_rejected_us'],
  ['decrypt_error', 51, 'tls_rejected_us'],
  ['handshake_failure', 40, 'tls_protocol'],
  ['protocol_version', 70, 'tls_protocol'],
  ['internal_error', 80, 'tls_protocol'],
];

for (const [name, number, reason] of ALERTS) {
  test(`the alert ${name}: ${reason}`, async (t) => {
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, number]);
    const result = await pingPort(await tcpPeer(t, (socket) => socket.once('data', () => socket.end(alert))));
    assertFailed(result, reason, new RegExp(`TLS alert ${name}$`));
  });
}

test('a service that knows TLS 1.1 at most', async (t) => {
  const old = tlsOptions(pki, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const result = await pingPort(await tlsPeer(t, old, serve));
  assertFailed(result, 'tls_protocol', /^the service ended the handshake: TLS alert protocol_version$/);
});

test('a service with which we share no cipher', async (t) => {
  const odd = tlsOptions(pki, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CAMELLIA256-SHA384' });
  const result = await pingPort(await tlsPeer(t, odd, serve));
  assertFailed(result, 'tls_protocol', /^the service ended the handshake: TLS alert handshake_failure$/);
});

test('plain HTTP on a dips target', async (t) => {
  const port = await listenUntilEnd(t, createHttpServer());
  assertFailed(await pingPort(port), 'wrong_protocol', /^expected TLS, the port speaks something else$/);
});

test('a DISET service without TLS on a dips target', async (t) => {
  const refusal = '46:ds7:Messages23:Invalid action proposals2:OKb0e';
  const port = await tcpPeer(t, (socket) => socket.once('data', () => socket.end(refusal)));
  assertFailed(await pingPort(port), 'wrong_protocol', /^expected TLS/);
});

/** Ends of the connection while the handshake runs, by what the peer does with it. */
const BROKEN: [name: string, serve: Parameters<typeof tcpPeer>[1]][] = [
  ['closes at once', (socket) => socket.end()],
  ['is gone at once', (socket) => socket.destroy()],
  ['closes after our first message', (socket) => socket.once('data', () => socket.end())],
  ['resets after our first message', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  [
    'closes within its first message',
    (socket) => socket.once('data', () => socket.end(Buffer.from('160303007a0200', 'hex'))),
  ],
];

for (const [name, broken] of BROKEN) {
  test(`the peer ${name}: closed_early`, async (t) => {
    const result = await pingPort(await tcpPeer(t, broken));
    assertFailed(result, 'closed_early', /^the connection ended during the TLS handshake \(E\w+\)$/);
    assert.equal(result.tls, null);
  });
}

for (const [maxVersion, lastMessage] of [
  ['TLSv1.2', 2],
  ['TLSv1.3', 1],
] as const) {
  test(`a broken record in one piece with the end of the ${maxVersion} handshake: tls_protocol`, async (t) => {
    const service = await tlsPeer(t, tlsOptions(pki, { maxVersion }), serve);
    const port = await tcpPeer(t, (client) => {
      let messages = 0;
      const upstream = connect(service, '127.0.0.1').on('error', () => {});
      client.pipe(upstream);
      upstream.on('data', (bytes) => {
        const isLast = ++messages === lastMessage;
        client.write(isLast ? Buffer.concat([bytes, Buffer.from('16030300056868686868', 'hex')]) : bytes);
      });
      client.once('close', () => upstream.destroy());
    });
    assertFailed(await pingPort(port), 'tls_protocol', /^[a-z ]+ \(ERR_SSL_[A-Z_]+\)$/);
  });
}

test('the service closes right after the handshake', async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => socket.end());
  const result = await pingPort(port);
  assertFailed(result, 'closed_early', /^the service closed the connection before the verdict/);
  assert.equal(result.tls?.protocol, 'TLSv1.3');
});

async function clientOf(issued: ReturnType<typeof pki.ca.issue>): Promise<Identity> {
  return buildIdentity({ ...pki.credential, ...(await issued) });
}
