import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { ping } from '../../src/dips/ping.ts';
import type { CredentialOptions } from '../../src/grid/credentialFiles.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { makeProxies, type ProxyKind } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { readIdentity } from './rig/identity.ts';
import { clientCertificates, judgedDepths, startOpensslServer } from './rig/opensslServer.ts';
import { issueMore, makeGridPki } from './rig/pki.ts';
import { temporaryDir } from './rig/temporaryDir.ts';

/* `openssl s_server` as a peer that shares no code with the product but the library below Node, and none with DIRAC. */

const pki = await makeGridPki();
const byHost: CredentialOptions = { ...pki.host, caDir: pki.caDir };
const shown = ({ cert, key }: { cert: string; key: string }) => ['-cert', cert, '-key', key];
const asks = ['-CApath', pki.caDir, '-CAfile', pki.caFile];

/** Pings a new server; the reason or `ok`, the TLS version, and the server itself. */
async function pingServer(t: TestContext, args: string[], client: CredentialOptions) {
  const server = await startOpensslServer(t, args);
  const target = { scheme: 'dips', host: '127.0.0.1', port: server.port, service: 'Framework/Openssl' } as const;
  const result = await ping(target, { timeoutMs: 15_000, identity: readIdentity(client) });
  return { outcome: result.reason ?? 'ok', detail: result.detail, protocol: result.tls?.protocol, result, server };
}

for (const [flag, protocol] of [
  ['-tls1_2', 'TLSv1.2'],
  ['-tls1_3', 'TLSv1.3'],
] as const) {
  test(`${protocol}: ok, and the certificate that the server saw is ours`, async (t) => {
    const pinged = await pingServer(t, [flag, ...shown(pki.host), ...asks], byHost);
    assert.deepEqual([pinged.outcome, pinged.protocol], ['ok', protocol], `${pinged.detail}`);
    assert.equal(pinged.result.version, 'openssl');
    assert.deepEqual(clientCertificates(pinged.server).map(fingerprint), [fingerprint(readFileSync(pki.host.cert))]);
  });
}

test('TLS 1.0: tls_protocol, and ok with --legacy-tls', async (t) => {
  const old = ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0', ...shown(pki.host), ...asks];
  assert.equal((await pingServer(t, old, byHost)).outcome, 'tls_protocol');
  const legacy = await pingServer(t, old, { ...byHost, legacyTls: true });
  assert.deepEqual([legacy.outcome, legacy.protocol], ['ok', 'TLSv1'], `${legacy.detail}`);
});

test('RSA key exchange, as pyGSI services have it: tls_protocol, and ok with --legacy-tls', async (t) => {
  const old = ['-tls1', '-cipher', 'AES128-SHA@SECLEVEL=0', ...shown(pki.host), ...asks];
  assert.equal((await pingServer(t, old, byHost)).outcome, 'tls_protocol');
  const legacy = await pingServer(t, old, { ...byHost, legacyTls: true });
  assert.deepEqual([legacy.outcome, legacy.result.tls?.cipher], ['ok', 'AES128-SHA'], `${legacy.detail}`);
});

for (const [name, newKey] of [
  ['RSA-4096', ['rsa:4096']],
  ['P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
] as const) {
  test(`a host certificate of ${name}: ok in TLS 1.2 and 1.3`, async (t) => {
    const host = await issueMore(pki, name, 'host', 'OU=Hosts/CN=localhost', [...newKey]);
    for (const version of ['-tls1_2', '-tls1_3']) {
      const pinged = await pingServer(t, [version, ...shown(host), ...asks], byHost);
      assert.equal(pinged.outcome, 'ok', `${version}: ${pinged.detail}`);
    }
  });
}

test('our CRLs: revoked, past its next update', async (t) => {
  const cases: [CredentialOptions, string][] = [
    [{ caDir: pki.revokedCaDir }, 'tls_crl_revoked'],
    [{ caDir: pki.lateCrlCaDir, crl: 'fail' }, 'tls_crl_expired'],
    [{ caDir: pki.lateCrlCaDir, crl: 'warn' }, 'ok'],
  ];
  for (const [client, expected] of cases) {
    const pinged = await pingServer(t, [...shown(pki.host), ...asks], { ...byHost, ...client });
    assert.equal(pinged.outcome, expected, `${pinged.detail}`);
  }
});

test('a host certificate of a CA below the root', async (t) => {
  const root = await createThrowAwayCa();
  const below = await root.subordinate('C=XX,O=dips-probe,CN=CA below');
  const host = await below.issue();
  const dir = temporaryDir('below');
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const caDir = (name: string, files: Record<string, string>) => {
    mkdirSync(join(dir, name));
    for (const [file, text] of Object.entries(files)) write(join(name, file), text);
    return { ...byHost, caDir: join(dir, name) };
  };
  const alone = shown({ cert: write('host.pem', host.certPem), key: write('host.key', host.keyPem) });
  const withChain = [...alone, '-cert_chain', write('below.pem', below.caPem)];
  const rootOnly = caDir('root', { '0a0a0a0a.0': root.caPem });
  const both = caDir('both', { '0a0a0a0a.0': root.caPem, '0b0b0b0b.0': below.caPem });
  const lists = await root.issueCrl({ revoked: [below.caPem] });
  const revoked = caDir('revoked', { '0a0a0a0a.0': root.caPem, '0a0a0a0a.r0': lists });
  const cases: [string[], CredentialOptions, string][] = [
    [withChain, rootOnly, 'ok'],
    [alone, both, 'ok'],
    [alone, rootOnly, 'tls_cert_untrusted'],
    [withChain, revoked, 'tls_crl_revoked'],
  ];
  for (const [server, client, expected] of cases) {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const pinged = await pingServer(t, [version, ...server, ...asks], client);
      assert.equal(pinged.outcome, expected, `${version} ${client.caDir}: ${pinged.detail}`);
    }
  }
});

const install = await bring('DIRAC 9.1', () => bringDirac('9.1'));
const rig = await start(install, async (venv) => ({ proxies: await makeProxies(venv, pki) }));

/** Certificates from the proxy to the CA. */
const CHAIN_LENGTHS: [ProxyKind, number][] = [
  ['proxy', 3],
  ['proxyLimited', 3],
  ['proxyOfProxy', 4],
];
for (const [kind, length] of CHAIN_LENGTHS) {
  testWith(rig, `RFC 3820, ${kind}: the server saw the proxy and judged its whole chain`, async ({ proxies }, t) => {
    const client = { proxy: proxies[kind], caDir: pki.caDir };
    for (const version of ['-tls1_2', '-tls1_3']) {
      const pinged = await pingServer(t, [version, '-allow_proxy_certs', ...shown(pki.host), ...asks], client);
      assert.equal(pinged.outcome, 'ok', `${version}: ${pinged.detail}`);
      assert.deepEqual(clientCertificates(pinged.server).map(fingerprint), [fingerprint(readFileSync(proxies[kind]))]);
      const depths = Array.from({ length }, (_, index) => `${length - 1 - index}`);
      assert.deepEqual(judgedDepths(pinged.server), depths, pinged.server.said());
      const refused = await pingServer(t, [version, ...shown(pki.host), ...asks], client);
      assert.equal(refused.outcome, 'tls_rejected_us', 'a server that takes no proxies refuses it');
    }
  });
}

function fingerprint(pem: string | Buffer): string {
  return new X509Certificate(pem).fingerprint256;
}
