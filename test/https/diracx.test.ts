import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { buildDiracxIdentity } from '../../src/https/diracxIdentity.ts';
import { createHttpsPinger } from '../../src/https/httpsPinger.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { NO_FACTS, type ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
import { createPki, dipsService } from '../peers.ts';
import { answering, httpsPeer } from './httpsPeers.ts';

const pki = await createPki();

type Page = [status: number, body: string, contentType?: string];
const HTML: Page = [404, '<html></html>', 'text/html'];

/** What the two paths answer, and what that means. */
const CASES: [name: string, ready: Page, metadata: Page, reason: FailureReason | null, detail: RegExp | null][] = [
  ['ready', [200, '{"status":"ready"}'], HTML, null, null],
  [
    'not ready',
    [503, '{"detail":"AuthDB ping failed"}'],
    HTML,
    'rpc_error',
    /^HTTP 503 Service Unavailable: AuthDB ping failed$/,
  ],
  [
    'an ingress without a backend',
    [503, '<html></html>', 'text/html'],
    HTML,
    'rpc_error',
    /^HTTP 503 Service Unavailable$/,
  ],
  ['another status', [200, '{"status":"starting"}'], HTML, 'rpc_protocol', /^expected \{"status":"ready"\}/],
  ['a web page', [200, '<html></html>', 'text/html'], HTML, 'rpc_protocol', /got text\/html$/],
  ['no JSON', [200, 'ready'], HTML, 'rpc_protocol', /^JSON: malformed$/],
  ['an ingress that hides its health', HTML, [200, '{"virtual_organizations":{}}'], null, null],
  [
    'FastAPI, but no DiracX',
    [404, '{"detail":"Not Found"}'],
    [404, '{"detail":"Not Found"}'],
    'wrong_service',
    /no DiracX/,
  ],
  ['no DiracX', HTML, HTML, 'wrong_service', /^HTTP 404 Not Found: no DiracX on this server$/],
  ['metadata of another kind', HTML, [200, '[]'], 'rpc_protocol', /^expected a JSON object/],
  ['metadata that fails', HTML, [500, '{"detail":{"a":1}}'], 'rpc_error', /^HTTP 500 Internal Server Error$/],
];

for (const [name, ready, metadata, reason, detail] of CASES) {
  test(`DiracX, ${name}: ${reason ?? 'up'}`, async (t) => {
    const asked: string[] = [];
    const { port, connections } = await httpsPeer(t, pki, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answering(...(request.url === '/api/health/ready' ? ready : metadata))(request, response);
    });
    const result = await pingDiracx(t, port);
    assert.deepEqual([result.ok, result.reason], [reason === null, reason], `${result.detail}`);
    if (detail) assert.match(`${result.detail}`, detail);
    assert.equal(result.target, `diracx+https://127.0.0.1:${port}`);
    for (const fact of Object.keys(NO_FACTS) as (keyof typeof NO_FACTS)[]) assert.equal(result[fact], null);
    const expected = ['GET /api/health/ready', 'GET /.well-known/dirac-metadata'];
    assert.deepEqual([asked, connections()], [ready[0] === 404 ? expected : expected.slice(0, 1), 1]);
  });
}

test('DiracX is shown no certificate, also where we have one and it asks', async (t) => {
  const shown: boolean[] = [];
  const { port } = await httpsPeer(t, pki, (request, response) => {
    shown.push((request.socket as TLSSocket).getPeerX509Certificate() !== undefined);
    answering(200, '{"status":"ready"}')(request, response);
  });
  assert.equal((await pingDiracx(t, port)).ok, true);
  assert.deepEqual(shown, [false]);
});

test("DiracX's certificate is judged: CA, CRL and name, and --no-verify", async (t) => {
  const other = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Other CA');
  const { certPem, keyPem } = await other.issue();
  const { port } = await httpsPeer(t, pki, answering(200, '{"status":"ready"}'), { cert: certPem, key: keyPem });
  assert.equal((await pingDiracx(t, port)).reason, 'tls_cert_untrusted');
  assert.equal((await pingDiracx(t, port, { ...pki.credential, verify: false })).ok, true);
  assert.equal((await pingDiracx(t, port, { ...pki.credential, caPems: [other.caPem] })).ok, true);
});

test('the CRLs of the credential count for DiracX', () => {
  const crl = { caSubject: 'CN=x', thisUpdateMs: 0, nextUpdateMs: null, revoked: new Set<string>(), fault: null };
  assert.equal(buildDiracxIdentity({ ...pki.credential, crls: [crl] }).crls?.get('CN=x'), crl);
});

test('a DIPS service on a DiracX target: tls_rejected_us', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls: { ...pki.host, caPem: pki.ca.caPem } });
  // Without a certificate it lets nobody in; what it would say to one that has one is in ping.test.ts.
  assert.equal((await pingDiracx(t, port)).reason, 'tls_rejected_us');
});

function pingDiracx(t: TestContext, port: number, trust = pki.credential): Promise<ProbeResult> {
  const pinger = createHttpsPinger(null, trust);
  t.after(() => pinger.close());
  return pinger.ping(parseTarget(`diracx+https://127.0.0.1:${port}`), { timeoutMs: 10_000 });
}
