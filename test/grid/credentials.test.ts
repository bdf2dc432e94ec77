import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa, throwAwayCredential } from '../../src/demo/pki.ts';
import { type CredentialOptions, type DefaultIdentity, findCredentialFiles } from '../../src/grid/credentialFiles.ts';
import { readCredential } from '../../src/grid/credentials.ts';
import { type Folder, installedIn, temporaryFolder } from './gridFiles.ts';

const ca = await createThrowAwayCa();
const otherCa = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Other CA');
const host = await ca.issue();
const user = await ca.issue({ commonName: 'Jane Doe' });
const proxy = await ca.issue({ commonName: 'Jane Doe/CN=proxy' });
/** A proxy's file: its certificate, its key, and the certificate that issued it. */
const PROXY_FILE = `${proxy.certPem}\n${proxy.keyPem}\n${user.certPem}\n`;

/** An installation with a host certificate and a CA directory. */
function installation(t: TestContext): { folder: Folder; env: Record<string, string> } {
  const folder = temporaryFolder(t);
  folder.write('dirac/etc/grid-security/hostcert.pem', host.certPem);
  folder.write('dirac/etc/grid-security/hostkey.pem', host.keyPem);
  folder.write('dirac/etc/grid-security/certificates/0a1b2c3d.0', ca.caPem);
  return { folder, env: installedIn(folder) };
}

/** What goes wrong when it is loaded; `{}` stands for the folder. */
function loadCredential(options: CredentialOptions, fallback: DefaultIdentity, env: Record<string, string>) {
  const files = findCredentialFiles(options, fallback, env);
  const { credential, warnings } = readCredential(files, options);
  return { files, credential, warnings: [...files.warnings, ...warnings] };
}

function assertRefused(folder: Folder, env: Record<string, string>, options: CredentialOptions, message: string): void {
  assert.throws(() => loadCredential(options, 'host', env), {
    name: 'CredentialError',
    message: message.replaceAll('{}', folder.path),
  });
}

test('the host certificate of an installation, which says hosts', (t) => {
  const { folder, env } = installation(t);
  const { credential, files, warnings } = loadCredential({}, 'host', env);
  assert.deepEqual(credential, throwAwayCredential(host, ca));
  assert.equal(files.cert, `${folder.path}/dirac/etc/grid-security/hostcert.pem`);
  assert.equal(files.certBy, 'default folder');
  assert.deepEqual(warnings, []);
});

test("as DIRAC's client: the proxy, or the host certificate where the configuration says so", (t) => {
  const { folder, env } = installation(t);
  const file = folder.write('proxy.pem', PROXY_FILE);
  const withProxy = { ...env, X509_USER_PROXY: file };
  const { credential, files } = loadCredential({}, 'dirac', withProxy);
  assert.deepEqual([files.cert, credential.certPem, credential.keyPem], [file, PROXY_FILE, PROXY_FILE]);
  assert.equal(credential.extraCredentials, '');
  folder.write('dirac/etc/dirac.cfg', 'DIRAC {\nSecurity {\nUseServerCertificate = yes\n}\n}');
  assert.equal(loadCredential({}, 'dirac', withProxy).credential.certPem, host.certPem);
});

test('what the flags name goes before all that is found', (t) => {
  const { folder, env } = installation(t);
  const cert = folder.write('my.pem', user.certPem);
  const key = folder.write('my.key', user.keyPem);
  const both = folder.write('both.pem', `${user.keyPem}\n${user.certPem}`);
  const caDir = folder.write('cas/00000000.0', otherCa.caPem).replace('/00000000.0', '');
  const loaded = loadCredential({ cert, key, caDir, extraCredentials: 'none' }, 'host', env);
  assert.deepEqual(loaded.credential, { ...throwAwayCredential(user, otherCa), extraCredentials: '' });
  assert.equal(loadCredential({ cert: both }, 'host', env).credential.extraCredentials, 'hosts');
  assert.equal(loadCredential({ proxy: folder.write('p', PROXY_FILE) }, 'host', env).credential.extraCredentials, '');
});

test('no CA directory is needed where nothing is verified', (t) => {
  const { env } = installation(t);
  const { credential } = loadCredential({ verify: false, caDir: '/nowhere' }, 'host', env);
  assert.deepEqual([credential.verify, credential.caPems], [false, []]);
});

test('a CA directory with junk: each file that is passed over is named, the rest is used', (t) => {
  const { folder, env } = installation(t);
  const certificates = 'dirac/etc/grid-security/certificates';
  folder.write(`${certificates}/11111111.0`, otherCa.caPem);
  folder.write(`${certificates}/11111111.1`, otherCa.caPem);
  folder.write(`${certificates}/22222222.0`, otherCa.caPem.slice(0, 200));
  folder.write(`${certificates}/33333333.0`, ca.caPem.replace(/[A-Za-z0-9+/]{8}/, '????????'));
  folder.write(`${certificates}/44444444.0`, '');
  folder.write(`${certificates}/55555555.0/inside`, '');
  folder.write(`${certificates}/66666666.0`, 'x'.repeat(2_000_000));
  symlinkSync('/nowhere', `${folder.path}/${certificates}/77777777.0`);
  for (const other of ['README', '0a1b2c3d.signing_policy', 'x0a1b2c3d.0']) {
    folder.write(`${certificates}/${other}`, 'not looked at');
  }
  const { credential, warnings } = loadCredential({}, 'host', env);
  assert.deepEqual(credential.caPems, [ca.caPem, otherCa.caPem]);
  const path = (hash: string) => `${folder.path}/${certificates}/${hash}.0: not a CA certificate`;
  assert.deepEqual(
    warnings.filter((warning) => !warning.includes('33333333') && !warning.includes('77777777')),
    [
      `${path('22222222')} (no PEM certificate in it)`,
      `${path('44444444')} (no PEM certificate in it)`,
      `${path('55555555')} (it is no file)`,
      `${path('66666666')} (2000000 bytes, at most 1048576 are read)`,
    ],
  );
  assert.match(warnings.find((warning) => warning.includes('33333333')) ?? '', /: not a CA certificate \(.+\)$/);
  assert.match(warnings.find((warning) => warning.includes('77777777')) ?? '', /\(ENOENT: no such file/);
  assert.equal(warnings.length, 6);
});

/** Faulty files and options, and the one line that each must give. */
const REFUSED: [name: string, write: (folder: Folder) => CredentialOptions, message: string][] = [
  [
    'a key of another certificate',
    (f) => ({ key: f.write('k', user.keyPem), cert: f.write('c', host.certPem) }),
    '{}/k: is not the key of {}/c; expected the private key of that certificate',
  ],
  [
    'no certificate in the file',
    (f) => ({ cert: f.write('c', 'hello'), key: f.write('k', host.keyPem) }),
    '{}/c: expected a PEM certificate',
  ],
  [
    'half a certificate',
    (f) => ({ cert: f.write('c', host.certPem.slice(0, 300)), key: f.write('k', host.keyPem) }),
    '{}/c: expected a PEM certificate',
  ],
  [
    'no key in the file',
    (f) => ({ cert: f.write('c', host.certPem), key: f.write('k', 'hello') }),
    '{}/k: expected a PEM private key without a passphrase',
  ],
  [
    'a key with a passphrase',
    (f) => ({ cert: f.write('c', host.certPem), key: f.write('k', encryptedKey()) }),
    '{}/k: expected a PEM private key without a passphrase',
  ],
  [
    'a proxy without its key',
    (f) => ({ proxy: f.write('p', proxy.certPem) }),
    '{}/p: expected a PEM private key without a passphrase',
  ],
  [
    'a certificate that is not there',
    (f) => ({ cert: `${f.path}/c`, key: f.write('k', host.keyPem) }),
    '{}/c: cannot be read (ENOENT)',
  ],
  ['a key that is a folder', (f) => ({ cert: f.write('c', host.certPem), key: f.path }), '{}: cannot be read (EISDIR)'],
  [
    'a key without a certificate',
    (f) => ({ key: f.write('k', host.keyPem) }),
    '--key without --cert: expected both, or neither',
  ],
  ['a CA directory that is not there', (f) => ({ caDir: `${f.path}/cas` }), '{}/cas: cannot be read (ENOENT)'],
  ['a CA directory that is a file', (f) => ({ caDir: f.write('cas', '') }), '{}/cas: cannot be read (ENOTDIR)'],
  [
    'a CA directory without a CA',
    (f) => ({ caDir: f.write('cas/README', '').replace('/README', '') }),
    '{}/cas: no CA certificate in it; expected files named <hash>.0 as grid sites have them',
  ],
];

for (const [name, write, message] of REFUSED) {
  test(`${name} is refused with the file and what was expected`, (t) => {
    const { folder, env } = installation(t);
    assertRefused(folder, env, write(folder), message);
  });
}

test('nothing found: every place is named, and the flag that helps', (t) => {
  const folder = temporaryFolder(t);
  const env = {
    ...installedIn(folder),
    X509_USER_PROXY: `${folder.path}/x509up`,
    GRID_PROXY_FILE: `${folder.path}/grid`,
  };
  const names = ['server', 'host', 'dirac', 'service'].map((name) => `{}/dirac/etc/grid-security/${name}cert.pem`);
  assertRefused(
    folder,
    env,
    {},
    `no host certificate with its key found: looked for ${names.join(', ')}; give --cert and --key`,
  );
  if (loadable(env)) return t.diagnostic('this machine has a proxy at the fixed place');
  assert.throws(() => loadCredential({}, 'dirac', env), {
    name: 'CredentialError',
    message: /^no proxy found: looked for .*\/grid, .*\/x509up, \/tmp\/x509up_u\d+; give --proxy, or --cert and --key$/,
  });
});

test('no message holds anything of a key', (t) => {
  const { folder, env } = installation(t);
  const broken = host.keyPem.replace(/\n(.{20})/, '\n????');
  const secret = host.keyPem.split('\n')[1] as string;
  const options = { cert: folder.write('c', host.certPem), key: folder.write('k', broken) };
  assert.throws(
    () => loadCredential(options, 'host', env),
    (error: Error) => !`${error.stack}${error.message}${JSON.stringify(error)}`.includes(secret.slice(25, 45)),
  );
});

function loadable(env: Record<string, string>): boolean {
  try {
    return Boolean(loadCredential({ verify: false }, 'dirac', env));
  } catch {
    return false;
  }
}

function encryptedKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return `${privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })}`;
}
