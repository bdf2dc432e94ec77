import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { createPki, deadPort, dipsService, tcpPeer } from '../peers.ts';
import { installDirac, runCommand } from './runCommand.ts';

const SERVICE = 'Framework/Ping';
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

test('all up: exit 0, a table and a summary', async (t) => {
  const { env, folder } = installDirac(t, pki);
  folder.write('dirac/etc/dirac.cfg', 'DIRAC {\nSecurity {\nUseServerCertificate = yes\n}\n}');
  const port = await dipsService(t, { service: SERVICE, tls, version: '8.0.55' });
  const plain = await dipsService(t, { service: SERVICE, tls: null });
  const { code, stdout, stderr } = await runCommand(
    t,
    ['ping', `127.0.0.1:${port}/${SERVICE}`, `dip://127.0.0.1:${plain}/${SERVICE}`],
    env,
  );
  assert.deepEqual([code, stderr], [0, '']);
  const [heading, first, second, summary] = stdout.split('\n') as [string, string, string, string];
  assert.match(heading, /^ +target +time +service$/);
  assert.match(
    first,
    new RegExp(`^up +dips://127\\.0\\.0\\.1:${port}/${SERVICE} +\\d+\\.\\d ms +8\\.0\\.55, up \\d+s$`),
  );
  assert.match(
    second,
    new RegExp(`^up +dip://127\\.0\\.0\\.1:${plain}/${SERVICE} +\\d+\\.\\d ms +9\\.0\\.0, up \\d+s$`),
  );
  assert.equal(summary, '2 pings: 2 up, 0 down');
});

test('some down: exit 1, and the reasons', async (t) => {
  const { env } = installDirac(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls: null });
  const dead = await deadPort();
  const targets = [`dip://127.0.0.1:${port}/${SERVICE}`, `dip://127.0.0.1:${port}/A/B`, `dip://127.0.0.1:${dead}/A/B`];
  const { code, stdout, stderr } = await runCommand(t, ['ping', ...targets], env);
  assert.deepEqual([code, stderr], [1, '']);
  assert.match(stdout, /^DOWN .* wrong_service: A\/B is not up in this server$/m);
  assert.match(stdout, new RegExp(`^DOWN .* refused: 127\\.0\\.0\\.1:${dead}: ECONNREFUSED$`, 'm'));
  assert.match(stdout, /^3 pings: 1 up, 2 down \(1 wrong_service, 1 refused\)$/m);
});

/** Every key of a result, in its order; absent values are null. */
const KEYS = [
  'target',
  'ok',
  'reason',
  'detail',
  'encoding',
  'version',
  'name',
  'serviceUptimeSeconds',
  'serviceStartTime',
  'hostUptimeSeconds',
  'load',
  'address',
  'timingsMs',
  'tls',
];

test('--json: one object per result and line, with every key', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const [cert, key] = [folder.write('my.pem', pki.credential.certPem), folder.write('my.key', pki.credential.keyPem)];
  const port = await dipsService(t, { service: SERVICE, tls, version: '8.0.55' });
  const dead = await deadPort();
  const args = ['ping', '--json', '--count', '2', '--cert', cert, '--key', key, `dips://127.0.0.1:${port}/${SERVICE}`];
  const { code, stdout } = await runCommand(t, [...args, '--concurrency', '1', `dips://127.0.0.1:${dead}/A/B`], env);
  assert.equal(code, 1);
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    results.map(({ ok, reason }) => [ok, reason]),
    [
      [true, null],
      [true, null],
      [false, 'refused'],
      [false, 'refused'],
    ],
  );
  for (const result of results) {
    assert.deepEqual(Object.keys(result), KEYS);
    assert.deepEqual(Object.keys(result.timingsMs), ['dns', 'connect', 'tls', 'rpc', 'total']);
  }
  const [up, , down] = results;
  assert.deepEqual(Object.keys(up.tls), ['protocol', 'cipher', 'peerNotAfter']);
  assert.deepEqual(up.load, [0.25, 0.5, 0.75]);
  for (const name of [
    'encoding',
    'version',
    'name',
    'serviceUptimeSeconds',
    'serviceStartTime',
    'hostUptimeSeconds',
    'load',
    'tls',
  ]) {
    assert.equal(down[name], null, name);
  }
  assert.deepEqual([down.timingsMs.tls, down.timingsMs.rpc, down.address], [null, null, '127.0.0.1']);
});

test('the name of the certificate, and whether it is checked at all', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const pair = await pki.ca.issue({ names: [{ type: 'dns', value: 'voms.example.org' }], commonName: 'x' });
  const port = await dipsService(t, { service: SERVICE, tls: { ...pair, caPem: pki.ca.caPem } });
  const both = folder.write('both.pem', `${pki.credential.certPem}\n${pki.credential.keyPem}`);
  const ping = (...args: string[]) =>
    runCommand(t, ['ping', '--cert', both, ...args, `127.0.0.1:${port}/${SERVICE}`], env);
  const [strict, named, unverified] = await Promise.all([
    ping(),
    ping('--server-name', 'voms.example.org'),
    ping('--no-verify'),
  ]);
  assert.equal(strict.code, 1);
  assert.match(
    strict.stdout,
    / tls_name_mismatch: expected a certificate for 127\.0\.0\.1, it is for DNS:voms\.example\.org/,
  );
  assert.deepEqual([named.code, unverified.code], [0, 0]);
});

test('--timeout ends a ping', async (t) => {
  const port = await tcpPeer(t, () => {});
  const { code, stdout } = await runCommand(t, ['ping', '--timeout', '100ms', `dip://127.0.0.1:${port}/A/B`], {});
  assert.equal(code, 1);
  assert.match(stdout, / rpc_timeout: connected, but no answer to the ping within \d+ ms$/m);
});

const HINT = '(--help shows what can be given)\n';

/** Wrong arguments, and all that is said of them. Nothing is pinged. */
const WRONG: [args: string[], stderr: string][] = [
  [[], `error: missing required argument 'target'\n${HINT}`],
  [['x'], 'dips-probe: target "x": expected dips://host:port/System/Service or host:port/System/Service\n'],
  [
    ['http://a:1/A/B'],
    'dips-probe: target "http://a:1/A/B": scheme "http": expected dips, dip, https or diracx+https\n',
  ],
  [['a:0/A/B'], 'dips-probe: port "0": expected a number from 1 to 65535\n'],
  [['a:70000/A/B'], 'dips-probe: port "70000": expected a number from 1 to 65535\n'],
  [['a b:1/A/B'], 'dips-probe: host "a b": expected a host name or an IP address\n'],
  [['a:1/A'], 'dips-probe: service "A": expected System/Service, such as DataManagement/FileCatalog\n'],
  [
    ['--timeout', '5', 'dip://a:1/A/B'],
    `error: option '--timeout <time>' argument '5' is invalid. expected a time such as 500ms, 10s or 2m\n${HINT}`,
  ],
  [
    ['--count', '0', 'dip://a:1/A/B'],
    `error: option '--count <n>' argument '0' is invalid. expected a whole number from 1 to 10000\n${HINT}`,
  ],
  [
    ['--concurrency', 'x', 'dip://a:1/A/B'],
    `error: option '--concurrency <n>' argument 'x' is invalid. expected a whole number from 1 to 10000\n${HINT}`,
  ],
  [
    ['--extra-credentials', 'x', 'a:1/A/B'],
    `error: option '--extra-credentials <who>' argument 'x' is invalid. Allowed choices are hosts, none.\n${HINT}`,
  ],
  [
    ['--proxy', 'p', '--cert', 'c', 'a:1/A/B'],
    `error: option '--proxy <file>' cannot be used with option '--cert <file>'\n${HINT}`,
  ],
  [['--nonsense', 'a:1/A/B'], `error: unknown option '--nonsense'\n${HINT}`],
  [['--key', 'k', 'a:1/A/B'], 'dips-probe: --key without --cert: expected both, or neither\n'],
  [['--cert', '/nowhere/c', 'a:1/A/B'], 'dips-probe: /nowhere/c: cannot be read (ENOENT)\n'],
  [['--ca-dir', '/nowhere', '--cert', 'c', 'a:1/A/B'], 'dips-probe: c: cannot be read (ENOENT)\n'],
];

for (const [args, stderr] of WRONG) {
  test(`ping ${args.join(' ')}: exit 2`, async (t) => {
    const { env } = installDirac(t, pki);
    assert.deepEqual(await runCommand(t, ['ping', ...args], env), { code: 2, stdout: '', stderr });
  });
}

test('no proxy found: exit 2, and where it was looked for', async (t) => {
  if (existsSync(`/tmp/x509up_u${process.getuid?.() ?? 0}`)) return t.skip('this machine has a grid proxy of its own');
  const { env } = installDirac(t, pki);
  const { code, stderr } = await runCommand(t, ['ping', '127.0.0.1:1/A/B'], {
    ...env,
    GRID_PROXY_FILE: '/nowhere/proxy',
  });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^dips-probe: no proxy found: looked for \/nowhere\/proxy, .*; give --proxy, or --cert and --key\n$/,
  );
});
