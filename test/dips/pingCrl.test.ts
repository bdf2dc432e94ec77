import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startDipsService } from '../../src/demo/dipsService.ts';
import { createThrowAwayCa, type KeyPair } from '../../src/demo/pki.ts';
import { buildIdentity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';
import { findCredentialFiles } from '../../src/grid/credentialFiles.ts';
import { readCredential } from '../../src/grid/credentials.ts';

/*
 * The grid's rule on CRLs, from files in a CA directory to the result of a ping. Services' certificates are of a root CA
 * (`direct`) or of a CA below it (`below`), which the service sends or not.
 */

const SERVICE = 'Framework/Rig';
const root = await createThrowAwayCa();
const below = await root.subordinate('C=XX,O=dips-probe,CN=CA below');
const stranger = await createThrowAwayCa();
const own = await root.issue();
const direct = await root.issue();
const fromBelow = await below.issue();
const PAST = new Date(Date.now() - 3_600_000);

type Policy = 'fail' | 'warn' | 'ignore';

/** Pings a service that shows `shown`, with a CA directory of these files. */
async function pingWith(t: TestContext, shown: KeyPair, files: Record<string, string>, crl: Policy = 'warn') {
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-crl-'));
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  for (const [name, text] of Object.entries({ '11111111.0': root.caPem, ...files })) write(name, text);
  const options = { cert: write('cert', own.certPem), key: write('key', own.keyPem), caDir: dir, crl };
  const { credential, warnings } = readCredential(findCredentialFiles(options, 'host', {}), options);
  const service = await startDipsService({ service: SERVICE, tls: { ...shown, caPem: root.caPem } });
  t.after(async () => {
    await service.close();
    rmSync(dir, { recursive: true });
  });
  const target = { scheme: 'dips', host: 'localhost', port: service.port, service: SERVICE } as const;
  const { reason, detail } = await ping(target, { timeoutMs: 5_000, identity: buildIdentity(credential) });
  return { reason, detail, warnings };
}

/** The chain as a service sends it that sends its CA too. */
const withChain: KeyPair = { ...fromBelow, certPem: `${fromBelow.certPem}\n${below.caPem}` };
const listsDirect = await root.issueCrl({ revoked: [direct.certPem] });
const listsBelow = await root.issueCrl({ revoked: [below.caPem] });

test('a CA without a CRL is not checked', async (t) => {
  assert.deepEqual(await pingWith(t, direct, {}, 'fail'), { reason: null, detail: null, warnings: [] });
});

test('a CRL that does not list the certificate', async (t) => {
  const crl = await root.issueCrl({ revoked: [own.certPem] });
  assert.deepEqual(await pingWith(t, direct, { '11111111.r0': crl }, 'fail'), {
    reason: null,
    detail: null,
    warnings: [],
  });
});

for (const policy of ['fail', 'warn', 'ignore'] as const) {
  test(`a revoked certificate, policy ${policy}`, async (t) => {
    const { reason, detail } = await pingWith(t, direct, { '11111111.r0': listsDirect }, policy);
    assert.equal(reason, 'tls_crl_revoked');
    assert.match(
      `${detail}`,
      /^\/C=XX\/O=dips-probe\/OU=Hosts\/CN=localhost \(serial [0-9A-F]+\) is revoked by \/C=XX\/O=dips-probe\/CN=Throw-away CA$/,
    );
  });
}

test('a revoked CA below the root, which the service sends', async (t) => {
  const { reason, detail } = await pingWith(t, withChain, { '11111111.r0': listsBelow });
  assert.equal(reason, 'tls_crl_revoked');
  assert.match(`${detail}`, /CN=CA below \(serial/);
});

test('a revoked CA below the root, which is in our directory only', async (t) => {
  const files = { '22222222.0': below.caPem, '11111111.r0': listsBelow };
  assert.equal((await pingWith(t, fromBelow, files)).reason, 'tls_crl_revoked');
});

test('a certificate revoked by the CA below the root', async (t) => {
  const crl = await below.issueCrl({ revoked: [fromBelow.certPem] });
  const files = { '22222222.0': below.caPem, '22222222.r0': crl };
  assert.equal((await pingWith(t, withChain, files)).reason, 'tls_crl_revoked');
});

const late = await root.issueCrl({ revoked: [own.certPem], nextUpdate: PAST });

test('a CRL past its next update: fail', async (t) => {
  const { reason, detail } = await pingWith(t, direct, { '11111111.r0': late }, 'fail');
  assert.equal(reason, 'tls_crl_expired');
  assert.match(`${detail}`, /^the CRL of \/C=XX\/O=dips-probe\/CN=Throw-away CA: its next update was due at \d{4}-/);
});

for (const policy of ['warn', 'ignore'] as const) {
  test(`a CRL past its next update: ${policy} lets pass, and it still revokes`, async (t) => {
    assert.equal((await pingWith(t, direct, { '11111111.r0': late }, policy)).reason, null);
    const lists = await root.issueCrl({ revoked: [direct.certPem], nextUpdate: PAST });
    assert.equal((await pingWith(t, direct, { '11111111.r0': lists }, policy)).reason, 'tls_crl_revoked');
  });
}

test('a CRL that another CA of the same name signed is no CRL: fail refuses, warn lets pass, nothing is revoked', async (t) => {
  const forged = await stranger.issueCrl({ revoked: [direct.certPem] });
  const refused = await pingWith(t, direct, { '11111111.r0': forged }, 'fail');
  assert.equal(refused.reason, 'tls_crl_expired');
  assert.match(`${refused.detail}`, /: its signature is not by the CA$/);
  assert.equal((await pingWith(t, direct, { '11111111.r0': forged }, 'warn')).reason, null);
});

test('of several CRLs of a CA the newest good one counts; files that are none are named', async (t) => {
  const old = await root.issueCrl({ revoked: [], thisUpdate: new Date(Date.now() - 10 * 86_400_000) });
  const forged = await stranger.issueCrl({ revoked: [], thisUpdate: new Date() });
  const files = {
    '11111111.r0': old,
    '11111111.r1': listsDirect,
    '11111111.r2': forged,
    '33333333.r0': listsDirect.slice(0, 200),
    '44444444.r0': '',
  };
  const { reason, warnings } = await pingWith(t, direct, files);
  assert.equal(reason, 'tls_crl_revoked');
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(warnings.join('\n'), /33333333\.r0: not a CRL \(.*\)\n.*44444444\.r0: not a CRL \(.*\)/);
});
