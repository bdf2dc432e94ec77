import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa, throwAwayCredential } from '../../src/demo/pki.ts';
import { buildIdentity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';
import { answerWith, tlsPeer } from '../peers.ts';

/*
 * Services of the pyGSI days: TLS 1.0 and RSA key exchange only; and certificates in Globus's form.
 */

const ca = await createThrowAwayCa('rsa2048');
const own = await ca.issue();
const VERDICT = '{"OK":true,"Value":null}';

test('TLS 1.0 with RSA key exchange is refused by default, and reached with legacyTls', async (t) => {
  const { certPem, keyPem } = await ca.issue();
  const port = await tlsPeer(
    t,
    {
      cert: certPem,
      key: keyPem,
      ca: ca.caPem,
      requestCert: true,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers: 'AES256-SHA:@SECLEVEL=0',
    },
    answerWith(VERDICT, '{"OK":true,"Value":{"version":"v6r22p35"}}'),
  );
  const modern = await pingPort(port, {});
  assert.equal(modern.reason, 'tls_protocol', `${modern.detail}`);
  const legacy = await pingPort(port, { legacyTls: true });
  assert.deepEqual([legacy.ok, legacy.version], [true, 'v6r22p35'], `${legacy.detail}`);
  assert.deepEqual([legacy.tls?.protocol, legacy.tls?.cipher], ['TLSv1', 'AES256-SHA']);
});

test('a certificate for CN=host/NAME is believed with gsiNames only, and only for that name', async (t) => {
  const service = await ca.issue({
    commonName: 'host/localhost',
    names: [{ type: 'dns', value: 'other.example.org' }],
  });
  const port = await startService(t, service);
  assert.equal((await pingPort(port, {})).reason, 'tls_name_mismatch');
  assert.equal((await pingPort(port, { gsiNames: true })).reason, null);
  assert.equal((await pingPort(port, { gsiNames: true }, '127.0.0.1')).reason, 'tls_name_mismatch');
});

function startService(t: TestContext, { certPem, keyPem }: { certPem: string; keyPem: string }): Promise<number> {
  const options = { cert: certPem, key: keyPem, ca: ca.caPem, requestCert: true };
  return tlsPeer(t, options, answerWith(VERDICT, '{"OK":true,"Value":{}}'));
}

function pingPort(port: number, over: { legacyTls?: boolean; gsiNames?: boolean }, host = 'localhost') {
  const identity = buildIdentity({ ...throwAwayCredential(own, ca), ...over });
  return ping({ scheme: 'dips', host, port, service: 'A/B' }, { timeoutMs: 5_000, identity });
}
