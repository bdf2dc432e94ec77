import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { buildAnonymousIdentity, buildIdentity } from '../../src/dips/identity.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { deafListener } from '../dips/deafListener.ts';
import { opensslServer } from '../dips/opensslServer.ts';
import { createPki, deadPort, dipsService, frames, listenUntilEnd, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { answering, httpsPeer, startPinger, UP } from './httpsPeers.ts';

const HOUR_MS = 3_600_000;
const SHORT_MS = 500;
const pki = await createPki();
const otherCa = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Other CA');

test('up: the request is a form as DIRAC sends it, and the result has every field', async (t) => {
  const asked: (string | undefined)[] = [];
  const { port } = await httpsPeer(t, pki, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(request.method, request.url, request.headers['content-type'], body, request.headers['accept-encoding']);
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' }).end(UP);
  });
  const { timingsMs, tls, ...rest } = await startPinger(t, pki)(`https://localhost:${port}/Framework/Ping`);
  assert.deepEqual(rest, {
    target: `https://localhost:${port}/Framework/Ping`,
    ok: true,
    reason: null,
    detail: null,
    encoding: 'json',
    version: '9.1.22',
    name: 'Framework/Ping',
    serviceUptimeSeconds: null,
    serviceStartTime: null,
    hostUptimeSeconds: null,
    load: null,
    address: '127.0.0.1',
  });
  assert.equal(tls?.protocol, 'TLSv1.3');
  assert.ok(Date.parse(`${tls?.peerNotAfter}`) > Date.now());
  for (const phase of ['dns', 'connect', 'tls', 'rpc', 'total'] as const) assert.ok(timingsMs[phase] !== null, phase);
  const form = 'method=ping&args=%5B%5D&extraCredentials=%22hosts%22';
  assert.deepEqual(asked, ['POST', '/Framework/Ping', 'application/x-www-form-urlencoded', form, undefined]);
});

test('with a proxy nothing is said of hosts', async (t) => {
  let asked = '';
  const { port } = await httpsPeer(t, pki, async (request, response) => {
    for await (const chunk of request) asked += chunk;
    response.writeHead(200, { 'content-type': 'application/json' }).end(UP);
  });
  const identity = buildIdentity({ ...pki.credential, extraCredentials: '' });
  assert.equal((await startPinger(t, pki)(`https://127.0.0.1:${port}/A/B`, { identity })).ok, true);
  assert.equal(asked, 'method=ping&args=%5B%5D');
});

const raw = (bytes: string | Buffer) => (socket: Socket) => void socket.once('data', () => socket.write(bytes));
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** What a port does, and the reason and detail that it must give. */
const FAILURES: [name: string, port: (t: TestContext) => Promise<number>, reason: FailureReason, detail: RegExp][] = [
  ['nobody listens', () => deadPort(), 'refused', /^127\.0\.0\.1:\d+: ECONNREFUSED$/],
  ['plain HTTP', (t) => listenUntilEnd(t, createHttpServer()), 'wrong_protocol', /^expected TLS/],
  ['DIPS without TLS', (t) => dipsService(t, { service: 'A/B', tls: null }), 'wrong_protocol', /^expected TLS/],
  [
    'a DIPS service',
    (t) => dipsService(t, { service: 'A/B', tls: { ...pki.host, caPem: pki.ca.caPem } }),
    'wrong_protocol',
    /^expected an HTTP answer, got a DISET frame: "\d+:\{\\"OK\\":false/,
  ],
  [
    'a DIPS service of DIRAC 8, which waits for 1024 bytes or a colon',
    (t) => over(t, refuseAsDirac),
    'wrong_protocol',
    /got a DISET frame: "\d+:ds7:Message/,
  ],
  ['something else', (t) => over(t, raw('220 mail.example.org ESMTP\r\n')), 'rpc_protocol', /got "220 mail/],
  ['a close at once', (t) => over(t, (socket) => socket.end()), 'closed_early', /before the whole answer/],
  ['a close after the request', (t) => over(t, closeAfter('')), 'closed_early', /before the whole answer/],
  [
    'a drop after the request',
    (t) => over(t, (socket) => void socket.once('data', () => socket.destroy())),
    'closed_early',
    /before the whole answer/,
  ],
  ['a close within the header', (t) => over(t, closeAfter('HTTP/1.1 200 OK\r\nCont')), 'closed_early', /whole answer/],
  [
    'a close within the body',
    (t) => over(t, closeAfter(`${HEAD}Content-Length: 70\r\n\r\n{"OK"`)),
    'closed_early',
    /whole/,
  ],
  [
    'a chunked body without its end',
    (t) => over(t, closeAfter(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"OK"\r\n`)),
    'closed_early',
    /whole answer/,
  ],
  ['an endless header', (t) => over(t, raw(`${HEAD}X: ${'x'.repeat(20_000)}`)), 'rpc_protocol', /larger than we take/],
  [
    'a body that is said to be large',
    (t) => over(t, raw(`${HEAD}Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`)),
    'rpc_protocol',
    /larger than we take/,
  ],
  [
    'a body without end',
    (t) => httpsPort(t, (_, response) => flood(response.writeHead(200, { 'content-type': 'application/json' }))),
    'rpc_protocol',
    /larger than we take/,
  ],
  ['malformed JSON', (t) => httpsPort(t, answering(200, '{"OK": tr')), 'rpc_protocol', /^JSON: malformed$/],
  ['no S_OK', (t) => httpsPort(t, answering(200, '[]')), 'rpc_protocol', /^expected a dictionary with OK/],
  [
    'S_OK of something else',
    (t) => httpsPort(t, answering(200, '{"OK":true}')),
    'rpc_protocol',
    /as the answer to ping$/,
  ],
  ['a web page', (t) => httpsPort(t, answering(200, UP, 'text/html')), 'rpc_protocol', /json, got text\/html$/],
  ['an empty 204', (t) => httpsPort(t, (_, r) => void r.writeHead(204).end()), 'rpc_protocol', /got HTTP 204/],
  [
    'a redirect',
    (t) => httpsPort(t, (_, r) => void r.writeHead(302).end()),
    'rpc_protocol',
    /^expected HTTP 200, got HTTP 302/,
  ],
  ['403', (t) => httpsPort(t, answering(403, '')), 'unauthorized', /^HTTP 403 Forbidden$/],
  ['503', (t) => httpsPort(t, answering(503, '')), 'rpc_error', /^HTTP 503 Service Unavailable$/],
  [
    'a status text with control characters',
    (t) => over(t, raw('HTTP/1.1 500 a\u001b[2Jb\r\nContent-Length: 0\r\n\r\n')),
    'rpc_error',
    /^HTTP 500 a \[2Jb$/,
  ],
  [
    'a broken chunk',
    (t) => over(t, raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)),
    'rpc_protocol',
    /^expected an HTTP answer, got "zz/,
  ],
  [
    'an answer that ends with the connection, without a length',
    (t) => over(t, closeAfter(`${HEAD}Connection: close\r\n\r\n{"OK": t`)),
    'rpc_protocol',
    /^JSON: malformed$/,
  ],
];

for (const [name, port, reason, detail] of FAILURES) {
  test(`${name}: ${reason}`, async (t) => {
    const result = await startPinger(t, pki)(`https://127.0.0.1:${await port(t)}/A/B`);
    assert.deepEqual([result.ok, result.reason, result.version], [false, reason, null], `${result.detail}`);
    assert.match(`${result.detail}`, detail);
  });
}

test('a name that does not resolve: dns', async (t) => {
  assert.equal((await startPinger(t, pki)(`https://${'x'.repeat(70)}.example:8443/A/B`)).reason, 'dns');
});

const SILENT: [name: string, port: (t: TestContext) => Promise<number>, reason: FailureReason][] = [
  ['no answer to the TCP connect', deafListener, 'connect_timeout'],
  ['TCP, and then silence', (t) => tcpPeer(t, () => {}), 'tls_timeout'],
  ['TLS, and then silence', (t) => over(t, () => {}), 'rpc_timeout'],
  ['half an answer, and then silence', (t) => over(t, raw(`${HEAD}Content-Length: 70\r\n\r\n{`)), 'rpc_timeout'],
  ['a header in crumbs', (t) => over(t, crumbs(`${HEAD}X: `)), 'rpc_timeout'],
  ['a body in crumbs', (t) => over(t, crumbs(`${HEAD}Content-Length: 60000\r\n\r\n`)), 'rpc_timeout'],
];

for (const [name, port, reason] of SILENT) {
  test(`${name}: ${reason}`, async (t) => {
    const result = await startPinger(t, pki)(`https://127.0.0.1:${await port(t)}/A/B`, { timeoutMs: SHORT_MS });
    assert.equal(result.reason, reason, `${result.detail}`);
    assert.match(`${result.detail}`, /(in|within) \d+ ms$/);
  });
}

test("the service's certificate is judged as over DIPS", async (t) => {
  const ping = startPinger(t, pki);
  const showing = async (pair: { certPem: string; keyPem: string }) => {
    const { port } = await httpsPeer(t, pki, answering(200, UP), { cert: pair.certPem, key: pair.keyPem });
    return (await ping(`https://127.0.0.1:${port}/A/B`)).reason;
  };
  assert.equal(await showing(await pki.ca.issue({ notAfter: new Date(Date.now() - HOUR_MS) })), 'tls_cert_expired');
  assert.equal(await showing(await otherCa.issue()), 'tls_cert_untrusted');
  const elsewhere = await pki.ca.issue({ names: [{ type: 'dns', value: 'x.example.org' }], commonName: 'x' });
  assert.equal(await showing(elsewhere), 'tls_name_mismatch');
  const { serialNumber, issuer } = new X509Certificate(pki.host.certPem);
  const crl = { caSubject: issuer, thisUpdateMs: 0, nextUpdateMs: null, revoked: new Set([serialNumber]), fault: null };
  const identity = buildIdentity({ ...pki.credential, crls: [crl] });
  const { port } = await httpsPeer(t, pki, answering(200, UP));
  assert.equal((await ping(`https://127.0.0.1:${port}/A/B`, { identity })).reason, 'tls_crl_revoked');
});

test('no identity: no_credentials, and no connection is made', async (t) => {
  const peer = await httpsPeer(t, pki, answering(200, UP));
  const result = await startPinger(t, pki)(`https://127.0.0.1:${peer.port}/A/B`, { identity: null });
  assert.deepEqual([result.reason, result.address, peer.connections()], ['no_credentials', null, 0]);
});

test('no certificate: the server says 401, and the detail says why', async (t) => {
  const port = await httpsPort(t, answering(401, '', 'text/html'));
  const identity = buildAnonymousIdentity([pki.ca.caPem]);
  const result = await startPinger(t, pki)(`https://127.0.0.1:${port}/A/B`, { identity });
  assert.deepEqual([result.reason, result.detail], ['unauthorized', 'HTTP 401 Unauthorized: we showed no certificate']);
});

for (const version of ['tls1_2', 'tls1_3']) {
  test(`our certificate is of a CA that the service does not know, on ${version}: tls_rejected_us`, async (t) => {
    const port = await opensslServer(t, pki, version);
    if (port === null) return t.skip('no openssl command on this machine');
    const identity = buildIdentity({ ...pki.credential, ...(await otherCa.issue()) });
    const result = await startPinger(t, pki)(`https://127.0.0.1:${port}/A/B`, { identity });
    assert.equal(result.reason, 'tls_rejected_us', `${result.detail}`);
    assert.match(`${result.detail}`, /unknown_ca$/);
  });
}

async function httpsPort(t: TestContext, serve: Parameters<typeof httpsPeer>[2]): Promise<number> {
  return (await httpsPeer(t, pki, serve)).port;
}

function over(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  return tlsPeer(t, tlsOptions(pki), serve);
}

function closeAfter(text: string): (socket: Socket) => void {
  return (socket) => void socket.once('data', () => socket.end(text));
}

/** Without a colon in the first ten bytes it waits for 1024, as DIRAC's reader does (docs/protocol-dips.md §2). */
function refuseAsDirac(socket: Socket): void {
  let seen = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    const isRefused = seen.length >= 1024 && !seen.subarray(0, 10).includes(':');
    if (isRefused) socket.end(frames('ds7:Messages23:Invalid action proposals2:OKb0e'));
  });
}

function crumbs(first: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write('x'), 10);
    socket.once('close', () => clearInterval(timer));
  };
}

function flood(response: {
  write(text: string): boolean;
  destroyed: boolean;
  once(event: 'drain', f: () => void): void;
}) {
  while (!response.destroyed && response.write('x'.repeat(1000)));
  if (!response.destroyed) response.once('drain', () => flood(response));
}
