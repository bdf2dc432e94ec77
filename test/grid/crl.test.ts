import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { type Crl, isSignedBy, parseCrl, readNames } from '../../src/grid/crl.ts';
import { DerError } from '../../src/grid/der.ts';

const ca = await createThrowAwayCa();
const rsaCa = await createThrowAwayCa('rsa2048', 'C=XX,CN=RSA CA');
const revoked = await ca.issue();

function toDer(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

function keyOf(caPem: string) {
  return new X509Certificate(caPem).publicKey;
}

test('a CRL: issuer, times, serial numbers as certificates have them', async () => {
  const [thisUpdate, nextUpdate] = [new Date('2049-12-31T23:59:59Z'), new Date('2050-01-01T00:00:00Z')];
  const crl = parseCrl(toDer(await ca.issueCrl({ revoked: [revoked.certPem], thisUpdate, nextUpdate })));
  assert.equal(crl.issuer, readNames(new X509Certificate(ca.caPem).raw).subject);
  assert.equal(crl.issuer, readNames(new X509Certificate(revoked.certPem).raw).issuer);
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [thisUpdate, nextUpdate]);
  assert.deepEqual([...crl.revoked], [new X509Certificate(revoked.certPem).serialNumber]);
});

test('an empty CRL', async () => {
  assert.equal(parseCrl(toDer(await ca.issueCrl())).revoked.size, 0);
});

for (const [kind, issuer] of [
  ['ECDSA', ca],
  ['RSA', rsaCa],
] as const) {
  test(`the ${kind} signature is the CA's or not`, async () => {
    const der = toDer(await issuer.issueCrl({ revoked: [revoked.certPem] }));
    const other = issuer === ca ? rsaCa : ca;
    assert.equal(isSignedBy(parseCrl(der), keyOf(issuer.caPem)), true);
    assert.equal(isSignedBy(parseCrl(der), keyOf(other.caPem)), false);
    assert.equal(isSignedBy(parseCrl(der), keyOf((await createThrowAwayCa()).caPem)), false);
    const serial = der.indexOf(Buffer.from(new X509Certificate(revoked.certPem).serialNumber, 'hex'));
    der[serial + 3] = (der[serial + 3] as number) ^ 1;
    assert.equal(isSignedBy(parseCrl(der), keyOf(issuer.caPem)), false);
  });
}

test('a CRL cut anywhere, or with any byte changed, is a DerError or a CRL that nobody signed', async () => {
  const der = toDer(await ca.issueCrl({ revoked: [revoked.certPem] }));
  const key = keyOf(ca.caPem);
  for (let at = 0; at < der.length; at++) {
    assert.throws(() => parseCrl(der.subarray(0, at)), DerError, `cut at ${at}`);
    for (const flip of [0x01, 0x80]) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] as number) ^ flip;
      const crl = tryParse(changed);
      if (crl) assert.equal(isSignedBy(crl, key) && !isSame(crl, parseCrl(der)), false, `byte ${at}`);
    }
  }
});

function tryParse(der: Buffer): Crl | null {
  try {
    return parseCrl(der);
  } catch (error) {
    assert.ok(error instanceof DerError, String(error));
    return null;
  }
}

/** Bytes that are not signed (the outer length, say) may change without a change of meaning. */
function isSame(a: Crl, b: Crl): boolean {
  return (
    a.issuer === b.issuer && a.nextUpdate?.getTime() === b.nextUpdate?.getTime() && a.revoked.size === b.revoked.size
  );
}
