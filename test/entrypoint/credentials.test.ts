import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueProxy } from '../grid/proxies.ts';
import { createPki } from '../peers.ts';
import { assertNoKey, installDirac, runCommand } from './runCommand.ts';

const pki = await createPki();
const HOUR_MS = 3_600_000;

test('the host certificate: files and what named them, names, dates, CAs; exit 0', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const security = join(folder.path, 'dirac/etc/grid-security');
  const { code, stdout, stderr } = await runCommand(t, ['credentials', '--host'], env);
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.split('\n');
  assert.deepEqual(lines.slice(0, 6), [
    `certificate   ${security}/hostcert.pem  (default folder)`,
    `key           ${security}/hostkey.pem`,
    `CA directory  ${security}/certificates  (default folder)`,
    'we say        hosts: a host certificate',
    '',
    '1. /C=XX/O=dips-probe/OU=Hosts/CN=localhost',
  ]);
  assert.equal(lines[6], '   issuer  /C=XX/O=dips-probe/CN=Throw-away CA');
  assert.match(lines[7] ?? '', /^ {3}valid {3}20\S+Z to 20\S+Z \(13d 23h left\)$/);
  assert.deepEqual(lines.slice(8), ['   kind    certificate', '1 CAs, 0 of them with a CRL', 'fine', '']);
  assertNoKey(stdout, pki.host);
});

test('a limited proxy with a group, found by the environment: the chain; fine with 12 hours left', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const user = await pki.ca.issue({ commonName: 'user' });
  const proxy = await issueProxy(user, { language: 'limited', group: 'dirac_user' });
  const file = folder.write('proxy', `${proxy.certPem}\n${proxy.keyPem}`);
  const { code, stdout } = await runCommand(t, ['credentials'], { ...env, X509_USER_PROXY: file });
  assert.equal(code, 0);
  assert.ok(stdout.startsWith(`certificate   ${file}  (X509_USER_PROXY)\nkey           ${file}\n`), stdout);
  assert.match(stdout, /^we say {8}nothing: a proxy or a user$/m);
  assert.match(
    stdout,
    /^1\. .*\/CN=user\/CN=123456\n.*\/CN=user\n.*\(11h 59m left\)\n {3}kind {4}limited proxy \(RFC 3820\)\n/m,
  );
  assert.match(stdout, /^ {3}group {3}dirac_user\n\n2\. .*\/CN=user\n/m);
  assert.match(stdout, /\nfine\n$/);
  assertNoKey(stdout, user, proxy);
});

for (const [name, dates, fault] of [
  ['over', { notAfter: new Date(Date.now() - HOUR_MS) }, / \(over since 1h 0m\)$[\s\S]* is over: renew it\n$/m],
  ['not valid yet', { notBefore: new Date(Date.now() + HOUR_MS) }, /the certificate \S+ is not valid yet\n$/],
  ['over within a week', { notAfter: new Date(Date.now() + 167 * HOUR_MS) }, / ends soon: renew it\n$/],
] as const) {
  test(`a certificate that is ${name}: exit 1`, async (t) => {
    const { env, folder } = installDirac(t, pki);
    const pair = await pki.ca.issue(dates);
    const both = folder.write('both.pem', `${pair.certPem}\n${pair.keyPem}`);
    const { code, stdout } = await runCommand(t, ['credentials', '--cert', both], env);
    assert.equal(code, 1);
    assert.match(stdout, fault);
  });
}

test('what is passed over and late CRLs are warned of, whatever the policy', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const certificates = 'dirac/etc/grid-security/certificates';
  const junk = folder.write(`${certificates}/ffffffff.0`, 'junk');
  folder.write(
    `${certificates}/0a1b2c3d.r0`,
    await pki.ca.issueCrl({
      nextUpdate: new Date('2026-01-01T00:00:00Z'),
      thisUpdate: new Date('2025-12-01T00:00:00Z'),
    }),
  );
  for (const policy of ['fail', 'warn', 'ignore']) {
    const { code, stdout } = await runCommand(t, ['credentials', '--host', '--crl', policy], env);
    assert.equal(code, 0);
    assert.ok(stdout.includes('\n1 CAs, 1 of them with a CRL\n'), stdout);
    assert.ok(stdout.includes(`\nwarning: ${junk}: not a CA certificate (no PEM certificate in it)\n`), stdout);
    const late = 'the CRL of /C=XX/O=dips-probe/CN=Throw-away CA: its next update was due at 2026-01-01T00:00:00.000Z';
    assert.equal(stdout.split(`\nwarning: ${late}\n`).length, 2, stdout);
  }
});

test('unusable: exit 2, the fault in one line, and before it what could be said', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const other = folder.write('other.key', pki.credential.keyPem);
  const cert = folder.write('cert.pem', pki.host.certPem);
  const mismatched = await runCommand(t, ['credentials', '--cert', cert, '--key', other], env);
  assert.equal(mismatched.code, 2);
  assert.match(mismatched.stdout, /^1\. \/C=XX\/O=dips-probe\/OU=Hosts\/CN=localhost$/m);
  assert.doesNotMatch(mismatched.stdout, /^fine$/m);
  assert.equal(
    mismatched.stderr,
    `dips-probe: ${other}: is not the key of ${cert}; expected the private key of that certificate\n`,
  );
  assertNoKey(mismatched.stdout + mismatched.stderr, pki.host, pki.credential);

  chmodSync(other, 0o644);
  const open = await runCommand(t, ['credentials', '--cert', cert, '--key', other], env);
  assert.deepEqual([open.code, /everybody on this machine can read this key/.test(open.stderr)], [2, true]);

  const none = await runCommand(t, ['credentials', '--host'], { ...env, DIRAC_ROOT_PATH: '/nowhere' });
  assert.deepEqual([none.code, none.stdout], [2, '']);
  assert.match(none.stderr, /^dips-probe: no host certificate with its key found: looked for \/nowhere\//);

  const junk = await runCommand(t, ['credentials', '--cert', folder.write('junk', 'junk')], env);
  assert.equal(junk.code, 2);
  assert.match(junk.stderr, /junk: expected a PEM certificate\n$/);
});
