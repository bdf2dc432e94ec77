import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { SELF_PING_FLAGS } from '../../src/entrypoint/flags.ts';
import { answerWith, createPki, deadPort, dipsService, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { installDirac, runCommand } from './runCommand.ts';

const SERVICE = 'DataManagement/FileCatalog';
const SOURCES = new URL('../../src/', import.meta.url).href;
const RECORD_LOADS = fileURLToPath(new URL('recordLoads.ts', import.meta.url));
/** All that a self-ping with plain arguments loads (node:fs is loaded anyway). Each file takes 0.5 ms of its start: think before adding one. */
const SELF_PING_LOADS = [
  'config/duration.ts',
  'dips/attempt.ts',
  'dips/connect.ts',
  'dips/conversation.ts',
  'dips/deadline.ts',
  'dips/dencode.ts',
  'dips/diracReturn.ts',
  'dips/frame.ts',
  'dips/identity.ts',
  'dips/jencode.ts',
  'dips/nameCache.ts',
  'dips/peerCertificate.ts',
  'dips/peerChain.ts',
  'dips/peerCheck.ts',
  'dips/ping.ts',
  'dips/pingAnswer.ts',
  'dips/probeFailure.ts',
  'dips/sessionPeer.ts',
  'dips/tlsFailure.ts',
  'dips/wireValue.ts',
  'entrypoint/flags.ts',
  'entrypoint/identity.ts',
  'entrypoint/main.ts',
  'entrypoint/plainArguments.ts',
  'entrypoint/selfPing.ts',
  'grid/caDirectory.ts',
  'grid/certificateFacts.ts',
  'grid/credentialError.ts',
  'grid/credentialFiles.ts',
  'grid/credentials.ts',
  'grid/crl.ts',
  'grid/crlDirectory.ts',
  'grid/der.ts',
  'grid/diracCfg.ts',
  'grid/locations.ts',
  'grid/revocation.ts',
  'model/errorText.ts',
  'model/result.ts',
  'model/target.ts',
  'node:crypto',
  'node:dns/promises',
  'node:net',
  'node:os',
  'node:path',
  'node:tls',
];
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

test('a service that is up: exit 0 and not a word, though its certificate is for another name', async (t) => {
  const { env } = installDirac(t, pki);
  const pair = await pki.ca.issue({ names: [{ type: 'dns', value: 'lbdirac.example.org' }], commonName: 'lbdirac' });
  const port = await dipsService(t, { service: SERVICE, tls: { ...pair, caPem: pki.ca.caPem } });
  assert.deepEqual(await runCommand(t, ['self-ping', `${port}/${SERVICE}`], env), { code: 0, stdout: '', stderr: '' });
  const named = await runCommand(t, ['self-ping', `${port}/${SERVICE}`, '--server-name', 'lbdirac.example.org'], env);
  assert.equal(named.code, 0);
  const misnamed = await runCommand(t, ['self-ping', `${port}/${SERVICE}`, '--server-name', 'other'], env);
  assert.equal(misnamed.code, 1);
  assert.match(
    misnamed.stderr,
    /^tls_name_mismatch: expected a certificate for other, it is for DNS:lbdirac\.example\.org\n$/,
  );
});

test('the chain is checked all the same', async (t) => {
  const { env } = installDirac(t, pki);
  const otherCa = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Other CA');
  const port = await dipsService(t, { service: SERVICE, tls: { ...(await otherCa.issue()), caPem: pki.ca.caPem } });
  const { code, stderr } = await runCommand(t, ['self-ping', `${port}/${SERVICE}`], env);
  assert.equal(code, 1);
  assert.match(stderr, /^tls_cert_untrusted: .*\n$/);
});

test('a service that is down: exit 1 and one line', async (t) => {
  const { env } = installDirac(t, pki);
  const dead = await deadPort();
  const refused = await runCommand(t, ['self-ping', `${dead}/${SERVICE}`], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`^refused: .*:${dead}: ECONNREFUSED\\n$`));
  const port = await dipsService(t, { service: SERVICE, tls });
  const wrong = await runCommand(t, ['self-ping', `${port}/A/B`], env);
  assert.deepEqual(wrong, { code: 1, stdout: '', stderr: 'wrong_service: A/B is not up in this server\n' });
  const silent = await tcpPeer(t, () => {});
  const hung = await runCommand(t, ['self-ping', '--timeout', '200ms', `${silent}/A/B`], env);
  assert.equal(hung.code, 1);
  assert.match(hung.stderr, /^tls_timeout: the TLS handshake did not end within \d+ ms\n$/);
});

test('what a service says commands no terminal', async (t) => {
  const { env } = installDirac(t, pki);
  const port = await tlsPeer(t, tlsOptions(pki), answerWith('{"OK":false,"Message":"\\u001b[2Jgone\\r\\nup"}'));
  const { stderr } = await runCommand(t, ['self-ping', `${port}/A/B`], env);
  assert.equal(stderr, 'rpc_error: [2Jgone up\n');
});

test('no usable credential: exit 1, never 2, and one line', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const key = folder.write('dirac/etc/grid-security/hostkey.pem', pki.credential.keyPem);
  const mismatched = await runCommand(t, ['self-ping', `9/${SERVICE}`], env);
  const cert = join(folder.path, 'dirac/etc/grid-security/hostcert.pem');
  assert.deepEqual(mismatched, {
    code: 1,
    stdout: '',
    stderr: `no_credentials: ${key}: is not the key of ${cert}; expected the private key of that certificate\n`,
  });
  const absent = await runCommand(t, ['self-ping', `9/${SERVICE}`], { ...env, DIRAC_ROOT_PATH: '/nowhere' });
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /^no_credentials: no host certificate with its key found: looked for \/nowhere\/.*\n$/);
});

for (const [args, stderr] of [
  [[], /^error: missing required argument 'port\/System\/Service'\n$/],
  [['x'], /^.+: expected .+\n$/],
  [['0/A/B'], /^port "0": expected a number from 1 to 65535\n$/],
  [['9135/FileCatalog'], /^service "FileCatalog": expected System\/Service, .*\n$/],
  [
    ['9/A/B', '--timeout', 'soon'],
    /^error: option '--timeout <time>' argument 'soon' is invalid\. expected a time .*\n$/,
  ],
  [['9/A/B', '--nonsense'], /^error: unknown option '--nonsense'\n$/],
] as const) {
  test(`self-ping ${args.join(' ')}: exit 1, for Docker keeps 2 for itself`, async (t) => {
    const ended = await runCommand(t, ['self-ping', ...args], {});
    assert.deepEqual([ended.code, ended.stdout], [1, '']);
    assert.match(ended.stderr, stderr);
  });
}

test('arguments that commander reads: the same answer, and help', async (t) => {
  const { env } = installDirac(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls });
  const written = await runCommand(t, ['self-ping', '--timeout=8s', `${port}/${SERVICE}`], env);
  assert.deepEqual(written, { code: 0, stdout: '', stderr: '' });
  const help = await runCommand(t, ['self-ping', '--help'], {});
  assert.deepEqual([help.code, help.stderr], [0, '']);
  const shown = help.stdout.replace(/\s+/g, ' ');
  for (const { flags, description } of SELF_PING_FLAGS) assert.ok(shown.includes(`${flags} ${description}`), flags);
  assert.match(shown, /\(default: 8s\)/);
});

test('it loads what it needs and nothing else; with arguments that are not plain, commander too', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls });
  const record = join(folder.path, 'loads');
  const loaded = async (...args: string[]) => {
    await runCommand(t, args, { ...env, RECORD_LOADS_TO: record }, ['--import', RECORD_LOADS]);
    return readFileSync(record, 'utf8').split('\n');
  };
  const packages = (urls: string[]) => {
    const names = urls.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))];
  };
  const plain = await loaded('self-ping', `${port}/${SERVICE}`);
  assert.deepEqual(plain.map((url) => url.replace(SOURCES, '')).sort(), SELF_PING_LOADS);
  assert.deepEqual(packages(await loaded('self-ping', `${port}/${SERVICE}`, '--timeout=8s')), ['commander']);
  assert.deepEqual(packages(await loaded('ping', '--json', `dip://127.0.0.1:${await deadPort()}/A/B`)).slice(0, 3), [
    'commander',
    'p-limit',
    'yocto-queue',
  ]);
});
