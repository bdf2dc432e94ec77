import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type PingOptions, ping } from '../../src/dips/ping.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
import {
  answerWith,
  createPki,
  deadPort,
  dipsService,
  listenUntilEnd,
  tcpPeer,
  tlsOptions,
  tlsPeer,
} from '../peers.ts';

const SERVICE = 'Framework/Ping';
const VERDICT = 'ds2:OKb1s5:Valuene';
const ANSWER = 'ds2:OKb1s5:Valueds7:versions6:8.0.55ee';
const pki = await createPki();
const OVER_TLS = { ...pki.host, caPem: pki.ca.caPem };

function pingUrl(url: string, options: Partial<PingOptions> = {}): Promise<ProbeResult> {
  return ping(parseTarget(url), { timeoutMs: 10_000, identity: pki.identity, ...options });
}

for (const encoding of ['dencode', 'json'] as const) {
  test(`up over dips, answer in ${encoding}`, async (t) => {
    const port = await dipsService(t, { service: SERVICE, tls: OVER_TLS, encoding, version: '8.0.55' });
    const { timingsMs, serviceUptimeSeconds, serviceStartTime, hostUptimeSeconds, tls, ...rest } = await pingUrl(
      `dips://127.0.0.1:${port}/${SERVICE}`,
    );
    assert.deepEqual(rest, {
      target: `dips://127.0.0.1:${port}/${SERVICE}`,
      ok: true,
      reason: null,
      detail: null,
      encoding,
      version: '8.0.55',
      name: SERVICE,
      load: [0.25, 0.5, 0.75],
      address: '127.0.0.1',
    });
    // 1: JEncode's times have no fraction, and a second may turn between the start and the ping.
    assert.ok(serviceUptimeSeconds === 0 || serviceUptimeSeconds === 1, `${serviceUptimeSeconds}`);
    assert.match(`${serviceStartTime}`, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(typeof hostUptimeSeconds, 'number');
    assert.equal(tls?.protocol, 'TLSv1.3');
    assert.match(`${tls?.cipher}`, /^TLS_/);
    assert.ok(Date.parse(`${tls?.peerNotAfter}`) > Date.now());
    for (const phase of ['dns', 'connect', 'tls', 'rpc', 'total'] as const)
      assert.equal(typeof timingsMs[phase], 'number');
  });
}

test('up over dip: no TLS, no credentials', async (t) => {
  const port = await dipsService(t, { service: SERVICE, tls: null, encoding: 'dencode' });
  const result = await pingUrl(`dip://127.0.0.1:${port}/${SERVICE}`, { identity: null });
  assert.equal(result.ok, true);
  assert.equal(result.tls, null);
  assert.equal(result.timingsMs.tls, null);
});

test('up over dips with a service that knows no TLS 1.3', async (t) => {
  const port = await tlsPeer(t, tlsOptions(pki, { maxVersion: 'TLSv1.2' }), answerWith(VERDICT, ANSWER));
  const result = await pingUrl(`dips://127.0.0.1:${port}/${SERVICE}`);
  assert.equal(result.ok, true);
  assert.equal(result.version, '8.0.55');
  assert.equal(result.tls?.protocol, 'TLSv1.2');
});

test('up over IPv6, with and without TLS', async (t) => {
  const secure = await tlsPeer(t, tlsOptions(pki), answerWith(VERDICT, ANSWER), '::1');
  const plain = await tcpPeer(t, answerWith(VERDICT, ANSWER), '::1');
  for (const url of [`dips://[::1]:${secure}/${SERVICE}`, `dip://[::1]:${plain}/${SERVICE}`]) {
    const result = await pingUrl(url);
    assert.deepEqual([result.ok, result.address, result.target], [true, '::1', url]);
  }
});

test('a name is resolved, and each of its addresses tried', async (t) => {
  const port = await dipsService(t, { service: SERVICE, tls: OVER_TLS });
  const result = await pingUrl(`dips://localhost:${port}/${SERVICE}`);
  assert.deepEqual([result.ok, result.address], [true, '127.0.0.1']);
});

/** What goes wrong, the URL that leads to it, and the reason and detail that it must give. */
const FAILURES: [name: string, url: (t: TestContext) => Promise<string>, reason: FailureReason, detail: RegExp][] = [
  [
    'a name that does not resolve',
    async () => `dip://${'x'.repeat(70)}.example:9135/A/B`,
    'dns',
    /^x{70}\.example: does not resolve \(E/,
  ],
  [
    'nobody listens',
    async () => `dip://127.0.0.1:${await deadPort()}/A/B`,
    'refused',
    /^127\.0\.0\.1:\d+: ECONNREFUSED$/,
  ],
  [
    'nobody listens on IPv6',
    async () => `dip://[::1]:${await deadPort()}/A/B`,
    'refused',
    /^\[::1\]:\d+: ECONNREFUSED$/,
  ],
  ['no route', async () => 'dip://255.255.255.255:9135/A/B', 'unreachable', /^255\.255\.255\.255:9135: E/],
  [
    'another service',
    (t) => dip(t, answerWith('ds2:OKb0s7:Messages28:A/B is not up in this servere')),
    'wrong_service',
    /^A\/B is not up in this server$/,
  ],
  ['ENOAUTH', (t) => dip(t, answerWith('ds2:OKb0s7:Messages2:nos5:Errnoi1111ee')), 'unauthorized', /^no$/],
  [
    'an S_ERROR',
    (t) => dip(t, answerWith(VERDICT, '{"OK": false, "Message": "Database is gone"}')),
    'rpc_error',
    /^Database is gone$/,
  ],
  ['a gateway', (t) => dip(t, answerWith('{"OK": true, "Value": {"delegate": "PEM"}}')), 'gateway', /gateway/],
  ['nonsense', (t) => dip(t, answerWith('nonsense'.repeat(3))), 'rpc_protocol', /^expected a dictionary/],
  [
    'an answer that is no dictionary',
    (t) => dip(t, answerWith(VERDICT, VERDICT)),
    'rpc_protocol',
    /^expected a dictionary as the answer/,
  ],
  [
    'a close at once',
    (t) => dip(t, (socket) => socket.destroy()),
    'closed_early',
    /^the service closed the connection before the verdict/,
  ],
  [
    'a close within a frame',
    (t) => dip(t, (socket) => socket.end('18:ds2:OK')),
    'closed_early',
    /\(9 bytes of a frame had come\)$/,
  ],
  ['a close after the verdict', (t) => dip(t, answerWith(VERDICT)), 'closed_early', /before the answer$/],
  [
    'a reset',
    (t) => dip(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    'closed_early',
    /before the verdict on our proposal: ECONNRESET$/,
  ],
  [
    'HTTP on a dip target',
    async (t) => `dip://127.0.0.1:${await listenUntilEnd(t, createHttpServer())}/A/B`,
    'wrong_protocol',
    /^expected a DISET frame, got an HTTP answer: "HTTP\/1\.1 400 Bad Request"$/,
  ],
  [
    'a TLS alert on a dip target',
    (t) => dip(t, (socket) => socket.once('data', () => socket.end(Buffer.from('15030100020246', 'hex')))),
    'wrong_protocol',
    /got a TLS record$/,
  ],
];

for (const [name, url, reason, detail] of FAILURES) {
  test(`${name}: ${reason}`, async (t) => {
    const result = await pingUrl(await url(t));
    assert.deepEqual([result.ok, result.reason], [false, reason], `${result.detail}`);
    assert.match(`${result.detail}`, detail);
    assert.deepEqual([result.version, result.load], [null, null]);
  });
}

test('dips without credentials: no_credentials, and no connection is made', async (t) => {
  let connections = 0;
  const port = await tcpPeer(t, () => connections++);
  const result = await pingUrl(`dips://127.0.0.1:${port}/A/B`, { identity: null });
  assert.deepEqual([result.reason, result.address, connections], ['no_credentials', null, 0]);
});

test('services of our own: another service, and one that bars everybody', async (t) => {
  const port = await dipsService(t, { service: SERVICE, tls: OVER_TLS });
  const wrong = await pingUrl(`dips://127.0.0.1:${port}/Framework/Pong`);
  assert.deepEqual([wrong.reason, wrong.detail], ['wrong_service', 'Framework/Pong is not up in this server']);
  const barred = await dipsService(t, { service: SERVICE, tls: OVER_TLS, unauthorized: true });
  assert.equal((await pingUrl(`dips://127.0.0.1:${barred}/${SERVICE}`)).reason, 'unauthorized');
});

async function dip(t: TestContext, serve: Parameters<typeof tcpPeer>[1]): Promise<string> {
  return `dip://127.0.0.1:${await tcpPeer(t, serve)}/A/B`;
}
