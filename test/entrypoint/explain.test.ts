import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { KeyPair } from '../../src/demo/pki.ts';
import { opensslServer } from '../dips/opensslServer.ts';
import { answerWith, deadPort, dipsService, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import {
  assertVerdict,
  below,
  explain,
  type Failing,
  pki,
  SERVICE,
  stranger,
  strangers,
  testFailures,
} from './explained.ts';
import { installDirac, runCommand } from './runCommand.ts';

/*
 * The transcript of one ping, as far as it got. Each run of the command is searched for the private keys that were within its reach.
 */

const tls = { ...pki.host, caPem: pki.ca.caPem };

/** A way to a service that counts its connections: everything in a transcript comes from one of them. */
async function counted(t: TestContext, servicePort: number) {
  let connections = 0;
  const port = await tcpPeer(t, (client) => {
    connections++;
    const service = connect(servicePort, '127.0.0.1');
    client.pipe(service).pipe(client);
    client.once('close', () => service.destroy());
    service.on('error', () => client.destroy());
  });
  return { port, connections: () => connections };
}

/** The same for a service of ours that shows a certificate. */
async function countedService(t: TestContext, { certPem, keyPem }: KeyPair) {
  return counted(t, await dipsService(t, { service: SERVICE, tls: { certPem, keyPem, caPem: pki.ca.caPem } }));
}

test('a service that is up: all of it, exit 0', async (t) => {
  const { port, connections } = await counted(t, await dipsService(t, { service: SERVICE, tls, version: '8.0.55' }));
  const crl = await pki.ca.issueCrl({ revoked: [pki.credential.certPem] });
  const { code, stdout, stderr, certPath } = await explain(t, [`localhost:${port}/${SERVICE}`], { '0a1b2c3d.r0': crl });
  assert.deepEqual([code, stderr], [0, '']);
  for (const part of [
    `WE SHOW\ncertificate   ${certPath}  (--cert)\n`,
    '\n              1 CAs, 1 of them with a CRL\n',
    '\n1. /C=XX/O=dips-probe/OU=Hosts/CN=localhost\n   issuer  /C=XX/O=dips-probe/CN=Throw-away CA\n   valid   ',
    `\nCONNECT to dips://localhost:${port}/${SERVICE}\naddresses: 127.0.0.1`,
    '\n127.0.0.1: connected\nTCP (',
    '\nTLS\nTLSv1.3, TLS_AES_',
    '\nchecked for the name localhost\nthe service shows:\n\n1. /C=XX/O=dips-probe/OU=Hosts/CN=localhost\n',
    '\n   names   DNS:localhost, IP Address:127.0.0.1',
    '\n   CA      /C=XX/O=dips-probe/CN=Throw-away CA of our CA directory, until ',
    ', 1 revoked, does not list this one\n',
    `\nDISET\nsent     `,
    `{OK: true, Value: [["${SERVICE}", "Test", "unknown"], ["RPC", "ping"], "hosts"]}\nsent     19 bytes dencode: {OK: true, Value: []}\n`,
    '\nreceived 24 bytes json: {OK: true, Value: null}\nreceived ',
    ' json: {OK: true, Value: {version: "8.0.55", time: 20',
    '\nVERDICT: up, version 8.0.55\ntimes: dns ',
  ]) {
    assert.ok(stdout.includes(part), `missing: ${part}\n${stdout}`);
  }
  assert.equal(connections(), 1);
});

test('an untrusted chain is shown, and where it breaks', async (t) => {
  const shown = { ...stranger, certPem: `${stranger.certPem}\n${below.caPem}` };
  const { port, connections } = await countedService(t, shown);
  const { code, stdout } = await explain(t, [`localhost:${port}/${SERVICE}`]);
  assert.equal(code, 1);
  assert.match(stdout, /\nTLS\nfailed: tls_cert_untrusted: unable to get local issuer certificate \(/);
  assert.match(stdout, /\n {3}issuer {2}\/C=XX\/O=dips-probe\/CN=Below strangers\n/);
  assert.match(stdout, /\n {3}CA {6}\/C=XX\/O=dips-probe\/CN=Below strangers, sent by the service, until 20/);
  assert.match(stdout, /\n2\. \/C=XX\/O=dips-probe\/CN=Below strangers\n/);
  assert.match(
    stdout,
    /CA {6}NOT in our CA directory, and not sent by the service: \/C=XX\/O=dips-probe\/CN=Strangers\n/,
  );
  assert.doesNotMatch(stdout, /^DISET$/m);
  assertVerdict(stdout, 'tls_cert_untrusted', /^unable to get local issuer/);
  assert.equal(connections(), 1);
});

test('a revoked certificate: the CRL that lists it', async (t) => {
  const { port, connections } = await countedService(t, pki.host);
  const crl = await pki.ca.issueCrl({ revoked: [pki.host.certPem] });
  const { code, stdout } = await explain(t, [`localhost:${port}/${SERVICE}`], { '0a1b2c3d.r0': crl }, pki.credential);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /\n {3}CRL {5}of \/C=XX\/O=dips-probe\/CN=Throw-away CA: .*, 1 revoked, lists this one: REVOKED\n/,
  );
  assertVerdict(stdout, 'tls_crl_revoked', / is revoked by /);
  assert.equal(connections(), 1);
});

test('a late CRL with --crl fail, and an expired certificate', async (t) => {
  const { port, connections } = await countedService(t, pki.host);
  const past = new Date(Date.now() - 3_600_000);
  const crl = await pki.ca.issueCrl({ nextUpdate: past });
  const late = await explain(t, ['--crl', 'fail', `localhost:${port}/${SERVICE}`], { '0a1b2c3d.r0': crl });
  assert.match(late.stdout, /does not list this one; its next update was due at 20/);
  assertVerdict(late.stdout, 'tls_crl_expired', /^the CRL of /);
  const old = await countedService(t, await pki.ca.issue({ notAfter: past }));
  const expired = await explain(t, [`localhost:${old.port}/${SERVICE}`]);
  assert.match(expired.stdout, /\(over since 1h 0m\)\n {3}kind {4}certificate\n {3}names/);
  assertVerdict(expired.stdout, 'tls_cert_expired', /^certificate has expired/);
  assert.deepEqual([connections(), old.connections()], [1, 1]);
});

test('another name than the checked one; --server-name mends it', async (t) => {
  const { port, connections } = await countedService(t, pki.host);
  const wrong = await explain(t, ['--server-name', 'voms.example.org', `localhost:${port}/${SERVICE}`]);
  assert.match(wrong.stdout, /\nchecked for the name voms\.example\.org\n/);
  assert.match(wrong.stdout, /\n {3}names {3}DNS:localhost/);
  assertVerdict(wrong.stdout, 'tls_name_mismatch', /^expected a certificate for voms\.example\.org/);
  assert.equal(connections(), 1);
  const right = await explain(t, ['--server-name', 'localhost', `127.0.0.1:${port}/${SERVICE}`]);
  assert.equal(right.code, 0);
});

/** In TLS 1.2 the handshake fails by it; in TLS 1.3 it has ended, and the request is on its way. */
const REFUSALS = [
  [
    'tls1_2',
    /\nTLS\nfailed: tls_rejected_us: the service refused our certificate: TLS alert unknown_ca \(/,
    /^DISET$/m,
  ],
  ['tls1_3', /\nTLS\nTLSv1\.3, [\s\S]*\nDISET\nsent .*\nsent .*\nreceived nothing\n/, null],
] as const;

for (const [version, has, hasNot] of REFUSALS) {
  test(`${version}: our own certificate is refused; the chain of the service all the same`, async (t) => {
    const servicePort = await opensslServer(t, pki, version);
    if (servicePort === null) return t.skip('no openssl command on this machine');
    const { port, connections } = await counted(t, servicePort);
    const { code, stdout } = await explain(t, [`localhost:${port}/${SERVICE}`], {}, await strangers.issue());
    assert.equal(code, 1);
    assert.match(stdout, has);
    if (hasNot) assert.doesNotMatch(stdout, hasNot);
    assert.match(stdout, /\nthe service shows:\n\n1\. \/C=XX\/O=dips-probe\/OU=Hosts\/CN=localhost\n/);
    assert.match(stdout, /CA {6}\/C=XX\/O=dips-probe\/CN=Throw-away CA of our CA directory/);
    assertVerdict(stdout, 'tls_rejected_us', /^the service refused our certificate: TLS alert unknown_ca/);
    assert.equal(connections(), 1);
  });
}

/** Pings that fail in each phase. */
const PHASES: Failing[] = [
  ['dns', async () => 'no-such-name.invalid:9135/A/B', [/\nno address \(/], /^TLS$|^TCP/m],
  ['refused', async () => `localhost:${await deadPort()}/A/B`, [/\n127\.0\.0\.1: .*ECONNREFUSED\nTCP \(/], /^TLS$/m],
  [
    'tls_timeout',
    async (t) => `localhost:${await tcpPeer(t, () => {})}/A/B`,
    [/\n127\.0\.0\.1: connected\n/, /\nTLS\nfailed: tls_timeout: /, /\nno certificate of the service was seen\n/],
    /^DISET$/m,
  ],
  [
    'closed_early',
    async (t) => `localhost:${await tcpPeer(t, (socket) => socket.destroy())}/A/B`,
    [/\n127\.0\.0\.1: connected\n127\.0\.0\.1: connected\n/],
    /^DISET$/m,
  ],
  [
    'wrong_service',
    async (t) => `localhost:${await dipsService(t, { service: SERVICE, tls })}/A/B`,
    [/\nreceived .* json: \{OK: false, Message: "A\/B is not up in this server", Errno: 0\}\n/],
    null,
  ],
  [
    'rpc_timeout',
    async (t) => `localhost:${await tlsPeer(t, tlsOptions(pki), () => {})}/A/B`,
    [/\nsent .*\nsent .*\nreceived nothing\n/],
    null,
  ],
  [
    'rpc_protocol',
    async (t) => `dip://localhost:${await tcpPeer(t, (socket) => socket.end('\x1b[2Jjunk'))}/A/B`,
    [/^WE SHOW\nnothing: dip:\/\/ is without TLS\n/, /\nreceived no frame \(.*\): "\\x1b\[2Jjunk"\n/],
    /^TLS$/m,
  ],
  [
    'rpc_error',
    async (t) =>
      `localhost:${await tlsPeer(t, tlsOptions(pki), answerWith('{"OK":false,"Message":"\\u001b[2Jno"}'))}/A/B`,
    [/\nreceived .* \{OK: false, Message: "\\u001b\[2Jno"\}\n/],
    null,
  ],
];

testFailures(PHASES);

test('a wrong target or no credentials: exit 2 and one line, as ping', async (t) => {
  const wrong = await explain(t, ['localhost:0/A/B']);
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.equal(wrong.stderr, 'dips-probe: port "0": expected a number from 1 to 65535\n');
  const { env } = installDirac(t, pki);
  const none = await runCommand(t, ['explain', '--cert', '/nowhere/c', 'localhost:1/A/B'], env);
  assert.deepEqual([none.code, none.stderr], [2, 'dips-probe: /nowhere/c: cannot be read (ENOENT)\n']);
});
