import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListenError, startFront } from '../../src/http/front.ts';
import { createPki, deadPort, dipsService, frames, tlsOptions, tlsPeer } from '../peers.ts';
import { frontOptions, pingPath, SERVICE, startPinger, startTestFront } from './pinger.ts';
import { get } from './rawHttp.ts';

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };
const TEAPOT = "HTTP/1.1 418 I'm a Teapot";

test('/self, exactly', async (t) => {
  const { url } = await startPinger(t, pki);
  const self = await get(url, '/self');
  assert.deepEqual(
    [self.statusLine, self.headers['content-type'], self.body],
    ['HTTP/1.1 200 OK', 'text/html', 'I am good thanks'],
  );
  const absent = [
    '/self?x=1',
    '/selfish',
    '/self/',
    '/',
    '/api/v1/targets',
    '/api/v1/events',
    '/-/reload',
    '/Ping?host=a',
  ];
  for (const path of absent) {
    const answer = await get(url, path);
    assert.match(answer.statusLine, /^HTTP\/1\.1 404 Not found; there are \/self and \/ping/, path);
  }
});

test('a service that is up: 200 and a text that stays the same from run to run', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls, version: '8.0.55' });
  const expected = {
    statusLine: 'HTTP/1.1 200 OK',
    type: 'text/html; charset=utf-8',
    body: `up: dips://127.0.0.1:${port}/${SERVICE} version 8.0.55\n`,
  };
  const variants = [
    pingPath(port),
    pingPath(port),
    pingPath(port, SERVICE.replace('/', '%2F')),
    pingPath(port).replace('/ping', '/ping_service'),
    `/ping?service=${SERVICE}&port=${port}&host=127.0.0.1&&extra=1`,
    pingPath(port, SERVICE, 'localhost').replace('localhost', '127.0.0.%31'),
  ];
  for (const path of variants) {
    const { statusLine, headers, body } = await get(url, path);
    assert.deepEqual({ statusLine, type: headers['content-type'], body }, expected, path);
    assert.equal(Number(headers['content-length']), Buffer.byteLength(body));
    assert.equal(headers['cache-control'], 'no-store');
  }
});

/** Queries that are refused, and the status text that each gets. The port is never asked: nothing listens there. */
const REFUSED: [query: string, text: string][] = [
  ['', 'Missing Param ! host'],
  ['?', 'Missing Param ! host'],
  ['?port=9135&service=A/B', 'Missing Param ! host'],
  ['?host=&port=9135&service=A/B', 'Missing Param ! host'],
  ['?host=a&service=A/B', 'Missing Param ! port'],
  ['?host=a', 'Missing Param ! port'],
  ['?host=a&port=9135', 'Missing Param ! service'],
  ['?a', 'Query not understood: expected name=value pairs joined by &'],
  ['?a=b=c', 'Query not understood: expected name=value pairs joined by &'],
  ['?host=a&port=1&service=A/B&c', 'Query not understood: expected name=value pairs joined by &'],
  ['?host=%E0%A4%A&port=1&service=A/B', 'Query not understood: host is not percent-encoded UTF-8'],
  ['?host=a&port=0&service=A/B', 'port "0": expected a number from 1 to 65535'],
  ['?host=a&port=70000&service=A/B', 'port "70000": expected a number from 1 to 65535'],
  ['?host=a&port=x&service=A/B', 'port "x": expected a number from 1 to 65535'],
  ['?host=a&port=-1&service=A/B', 'port "-1": expected a number from 1 to 65535'],
  ['?host=a&port=1e3&service=A/B', 'port "1e3": expected a number from 1 to 65535'],
  ['?host=a&port=%31%32%20&service=A/B', 'port "12 ": expected a number from 1 to 65535'],
  ['?host=a%20b&port=1&service=A/B', 'host "a b": expected a host name or an IP address'],
  ['?host=a/b&port=1&service=A/B', 'host "a/b": expected a host name or an IP address'],
  ['?host=[1::2::3]&port=1&service=A/B', 'host "[1::2::3]": expected a host name or an IP address'],
  ['?host=x%0d%0aSet-Cookie:y&port=1&service=A/B', 'host "x\\r\\nSet-Cookie:y": expected a host name or an IP address'],
  ['?host=%00&port=1&service=A/B', 'host "\\u0000": expected a host name or an IP address'],
  [`?host=${'h'.repeat(300)}&port=1&service=A/B`, `host "${'h'.repeat(80)} ": expected a host name or an IP address`],
  [
    '?host=a&port=1&service=FileCatalog',
    'service "FileCatalog": expected System/Service, such as DataManagement/FileCatalog',
  ],
  ['?host=a&port=1&service=/A/B', 'service "/A/B": expected System/Service, such as DataManagement/FileCatalog'],
  [
    '?host=a&port=1&service=A/B%0d%0a',
    'service "A/B\\r\\n": expected System/Service, such as DataManagement/FileCatalog',
  ],
  [
    '?host=a&port=1&service=A/../%F0%9F%92%A9',
    'service "A/../ ": expected System/Service, such as DataManagement/FileCatalog',
  ],
];

test('a query that says too little or too much: 400 that names what is wrong', async (t) => {
  let pings = 0;
  const front = await startTestFront(t, () => Promise.reject(new Error(`${++pings} ping`)));
  for (const [query, text] of REFUSED) {
    const { statusLine, headers, body } = await get(front.url, `/ping${query}`);
    assert.equal(statusLine, `HTTP/1.1 400 ${text}`, query);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(headers['set-cookie'], undefined);
    assert.ok(body.endsWith('\n'));
  }
  assert.equal(pings, 0);
});

test('a ping that failed: 418, its cause as status text and in the body', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls });
  const wrong = await get(url, pingPath(port, 'Framework/Pong'));
  assert.equal(wrong.statusLine, 'HTTP/1.1 418 Framework/Pong is not up in this server');
  assert.equal(wrong.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(
    wrong.body,
    `wrong_service: Framework/Pong is not up in this server\ndips://127.0.0.1:${port}/Framework/Pong\n`,
  );
  const dead = await deadPort();
  const refused = await get(url, pingPath(dead));
  assert.equal(refused.statusLine, `HTTP/1.1 418 127.0.0.1:${dead}: ECONNREFUSED`);
  const barred = await dipsService(t, { service: SERVICE, tls, unauthorized: true });
  const unauthorized = await get(url, pingPath(barred));
  assert.equal(unauthorized.statusLine, 'HTTP/1.1 418 Unauthorized query ( 1111 : Unauthorized query)');
});

/** What a service says is wrong, and the status line and body that it makes. */
const MESSAGES: [message: string, statusLine: string, body: RegExp][] = [
  [
    'gone\r\nSet-Cookie: a=b\r\n\r\n<script>',
    'HTTP/1.1 418 gone Set-Cookie: a=b <script>',
    /^rpc_error: gone\r\nSet-Cookie: a=b\r\n\r\n&lt;script&gt;\n/,
  ],
  [
    'Datenbank läuft nicht: 世界 \u0000\u001b[2J',
    'HTTP/1.1 418 Datenbank l uft nicht:    [2J',
    /^rpc_error: Datenbank läuft nicht: 世界 /,
  ],
  ['世界', TEAPOT, /^rpc_error: 世界\n/],
  ['', TEAPOT, /^rpc_error: \n/],
  ['x'.repeat(1900), `HTTP/1.1 418 ${'x'.repeat(200)}`, /^rpc_error: x{1900}\n/],
];

for (const [message, statusLine, body] of MESSAGES) {
  test(`whatever a service says stays in its place: ${JSON.stringify(message.slice(0, 30))}`, async (t) => {
    const { url } = await startPinger(t, pki);
    const refusal = frames(JSON.stringify({ OK: false, Message: message }));
    const port = await tlsPeer(t, tlsOptions(pki), (socket) => socket.once('data', () => socket.end(refusal)));
    const answer = await get(url, pingPath(port));
    assert.equal(answer.statusLine, statusLine);
    assert.match(answer.body, body);
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.body));
  });
}

test('the whole result in JSON, for those that ask for it', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls, version: '8.0.55' });
  for (const [path, headers] of [
    [`${pingPath(port)}&format=json`, ''],
    [pingPath(port), 'Accept: application/json\r\n'],
  ] as const) {
    const answer = await get(url, path, headers);
    assert.deepEqual([answer.statusLine, answer.headers['content-type']], ['HTTP/1.1 200 OK', 'application/json']);
    const { ok, reason, version, name, tls: facts } = JSON.parse(answer.body);
    assert.deepEqual([ok, reason, version, name, facts.protocol], [true, null, '8.0.55', SERVICE, 'TLSv1.3']);
  }
  const down = await get(url, `${pingPath(await deadPort())}&format=json`);
  assert.match(down.statusLine, /^HTTP\/1\.1 418 /);
  assert.equal(JSON.parse(down.body).reason, 'refused');
});

test('HEAD gets the same head and no body; other methods 405', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls });
  const [head, whole] = [await get(url, pingPath(port), '', 'HEAD'), await get(url, pingPath(port))];
  assert.deepEqual([head.statusLine, head.body], [whole.statusLine, '']);
  assert.equal(head.headers['content-length'], whole.headers['content-length']);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    assert.equal((await get(url, '/self', '', method)).statusLine, 'HTTP/1.1 405 Only GET is answered here');
  }
});

test('an address that cannot be listened on is named', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = Number(new URL(url).port);
  const ping = () => Promise.reject(new Error('never asked'));
  await assert.rejects(startFront({ ...frontOptions(ping), port }), (error: Error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.message, `cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
    return true;
  });
});

test('a fault of ours is 500, and the front lives on', async (t) => {
  const front = await startTestFront(t, () => Promise.reject(new Error('broken')), { host: '::1' });
  assert.match(front.url, /^http:\/\/\[::1\]:\d+$/);
  const answer = await get(front.url, '/ping?host=a&port=1&service=A/B');
  assert.equal(answer.statusLine, 'HTTP/1.1 500 Internal fault: Error: broken');
  assert.equal((await get(front.url, '/self')).statusLine, 'HTTP/1.1 200 OK');
});
