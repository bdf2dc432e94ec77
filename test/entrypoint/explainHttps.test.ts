import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, httpsPeer, UP } from '../https/httpsPeers.ts';
import { deadPort, dipsService, tlsOptions, tlsPeer } from '../peers.ts';
import { assertVerdict, explain, type Failing, pki, SERVICE, stranger, strangers, testFailures } from './explained.ts';
import { assertNoKey, installDirac, runCommand } from './runCommand.ts';

/*
 * The transcript of a ping by the doors over HTTPS.
 */

test('an HTTPS service that is up: its chain, the request and the answer', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, answering(200, UP));
  const { code, stdout, stderr, certPath } = await explain(t, [`https://localhost:${port}/${SERVICE}`]);
  assert.deepEqual([code, stderr], [0, '']);
  for (const part of [
    `WE SHOW\ncertificate   ${certPath}  (--cert)\n`,
    `\nCONNECT to https://localhost:${port}/${SERVICE}\naddresses: 127.0.0.1`,
    '\nTLS\nTLSv1.3, TLS_AES_',
    '\nthe service shows:\n\n1. /C=XX/O=dips-probe/OU=Hosts/CN=localhost\n',
    `\nHTTP\nsent     POST /${SERVICE}\nsent     accept: application/json\n`,
    '\nsent     x-padding: 1024 dots\n',
    '\nsent     method=ping&args=%5B%5D&extraCredentials=%22hosts%22\nreceived HTTP 200 OK, application/json\n',
    `\nreceived ${UP.length} bytes: {OK: true, Value: {version: "9.1.22", name: "${SERVICE}"}}\n`,
    '\nVERDICT: up, version 9.1.22\ntimes: dns ',
  ]) {
    assert.ok(stdout.includes(part), `missing: ${part}\n${stdout}`);
  }
  assert.doesNotMatch(stdout, /^DISET$/m);
  assert.equal(connections(), 1);
});

test('an HTTPS service that is not believed: its chain, and no request', async (t) => {
  const { certPem: cert, keyPem: key } = stranger;
  const { port, connections } = await httpsPeer(t, pki, answering(200, UP), { cert, key });
  const { code, stdout } = await explain(t, [`https://localhost:${port}/${SERVICE}`]);
  assert.equal(code, 1);
  assert.match(stdout, /CA {6}NOT in our CA directory, and not sent by the service: \/C=XX.*\/CN=Below strangers\n/);
  assert.doesNotMatch(stdout, /^HTTP$/m);
  assertVerdict(stdout, 'tls_cert_untrusted', /^unable to verify/);
  assert.equal(connections(), 1);
});

test('DiracX: nothing is shown, our CAs and the public ones are believed', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const explainDiracx = (port: number, args: string[] = [], extraCa = '') =>
    runCommand(t, ['explain', ...args, `diracx+https://localhost:${port}`], { ...env, NODE_EXTRA_CA_CERTS: extraCa });
  const ready = await httpsPeer(t, pki, answering(200, '{"status":"ready"}'));
  const up = await explainDiracx(ready.port);
  assert.deepEqual([up.code, up.stderr], [0, '']);
  assert.match(
    up.stdout,
    /^WE SHOW\nnothing: DiracX is asked without a certificate\nwe believe {4}1 CAs of our CA directory, 0 of them with a CRL, and \d+ public ones\n/,
  );
  assert.match(up.stdout, /CA {6}\/C=XX\/O=dips-probe\/CN=Throw-away CA of our CA directory, until /);
  assert.match(up.stdout, /\nsent {5}GET \/api\/health\/ready\n/);
  assert.match(up.stdout, /\nreceived HTTP 200 OK, application\/json\nreceived 18 bytes: \{status: "ready"\}\n/);
  assertNoKey(up.stdout, pki.host);

  const { certPem: cert, keyPem: key } = await strangers.issue();
  const ingress = await httpsPeer(
    t,
    pki,
    (request, response) => answering(request.url === '/api/health/ready' ? 404 : 200, '{}')(request, response),
    { cert, key },
  );
  const unknown = await explainDiracx(ingress.port);
  assert.match(unknown.stdout, /CA {6}NOT in our CA directory or the public CAs, and not sent by the service: /);
  assertVerdict(unknown.stdout, 'tls_cert_untrusted', /^unable to verify/);
  // What Node is told to believe beside its own counts as public.
  const known = await explainDiracx(ingress.port, [], folder.write('public.pem', strangers.caPem));
  assert.equal(known.code, 0, known.stdout);
  assert.match(known.stdout, /CA {6}\/C=XX\/O=dips-probe\/CN=Strangers of the public CAs, until /);
  assert.match(known.stdout, /\/ready\n[\s\S]*HTTP 404 [\s\S]*\/dirac-metadata\n[\s\S]*HTTP 200 /);
  const unchecked = await explainDiracx(ingress.port, ['--no-verify']);
  assert.equal(unchecked.code, 0, unchecked.stdout);
  assert.match(unchecked.stdout, /\nwe believe {4}anybody \(--no-verify\)\n/);
  assert.match(unchecked.stdout, /\nnothing was checked \(--no-verify\)\nthe service shows:\n\n1\. /);
  assert.deepEqual([ready.connections(), ingress.connections()], [1, 3]);
});

const FAILURES: Failing[] = [
  [
    'wrong_service',
    async (t) =>
      `https://localhost:${(await httpsPeer(t, pki, answering(404, '<b>\x1b[2J</b>', 'text/html'))).port}/A/B`,
    [/\nreceived HTTP 404 Not Found, text\/html\nreceived 11 bytes: "<b>\\x1b\[2J<\/b>"\n/],
    /^DISET$/m,
  ],
  [
    'rpc_protocol',
    async (t) => `https://localhost:${(await httpsPeer(t, pki, answering(200, '{"OK": tr'))).port}/A/B`,
    [/\nreceived 9 bytes: malformed JSON: "\{"OK": tr"\n/],
    null,
  ],
  [
    'wrong_protocol',
    async (t) =>
      `https://localhost:${await dipsService(t, { service: SERVICE, tls: { ...pki.host, caPem: pki.ca.caPem } })}/A/B`,
    [/\nHTTP\nsent {5}POST \/A\/B\n/, /\nreceived no whole HTTP answer\n/],
    /^DISET$/m,
  ],
  [
    'rpc_timeout',
    async (t) => `https://localhost:${await tlsPeer(t, tlsOptions(pki), () => {})}/A/B`,
    [/\nreceived no whole HTTP answer\n/],
    null,
  ],
  [
    'refused',
    async () => `diracx+https://localhost:${await deadPort()}`,
    [/\n127\.0\.0\.1: .*ECONNREFUSED\nTCP \(/],
    /^TLS$/m,
  ],
  [
    'rpc_error',
    async (t) => `diracx+https://localhost:${(await httpsPeer(t, pki, answering(503, '{"detail":"no db"}'))).port}`,
    [/\nreceived HTTP 503 Service Unavailable, application\/json\nreceived 18 bytes: \{detail: "no db"\}\n/],
    null,
  ],
];

testFailures(FAILURES);
