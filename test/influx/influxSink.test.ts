import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import type { InfluxPlace } from '../../src/model/influxTarget.ts';
import { deadAddress, listen, listenHttp, until } from '../collect/servers.ts';
import { AT_ONCE, block, inTurn, listenAnswering, SECRET, startSink, targetOf } from './sinkRig.ts';

const BASIC = `Basic ${Buffer.from(`probe:${SECRET}`).toString('base64')}`;

const DIALECTS: [string, InfluxPlace, string, string | undefined][] = [
  [
    '1.x: database, retention policy, Basic authentication',
    { version: 1, database: 'a b&c', retentionPolicy: 'one week', login: { username: 'probe', password: SECRET } },
    '/write?db=a+b%26c&rp=one+week&precision=ns',
    BASIC,
  ],
  [
    '1.x: without a login none is sent',
    { version: 1, database: 'd', retentionPolicy: null, login: null },
    '/write?db=d&precision=ns',
    undefined,
  ],
  [
    '2: org, bucket, token',
    { version: 2, org: 'LHCb & co', bucket: 'b', token: 't0k=' },
    '/api/v2/write?org=LHCb+%26+co&bucket=b&precision=ns',
    'Token t0k=',
  ],
  [
    '3: database, token, partial writes',
    { version: 3, database: 'd', token: 't0k' },
    '/api/v3/write_lp?db=d&precision=nanosecond&accept_partial=true',
    'Bearer t0k',
  ],
];
for (const [name, place, path, authorization] of DIALECTS) {
  test(`InfluxDB ${name}, below the path of the URL, bytes as they are`, async (t) => {
    const seen: (string | undefined)[][] = [];
    const address = await listenHttp(t, async (request, response) => {
      const { authorization: sent, 'content-type': type, 'content-encoding': encoding } = request.headers;
      seen.push([request.method, request.url, sent, type, encoding, (await buffer(request)).toString()]);
      response.writeHead(204).end();
    });
    const rest = { url: `http://${address}/db/x`, ca: null, gzip: true, batch: AT_ONCE };
    const { sink, told } = startSink(t, { ...place, ...rest });
    sink.write(...block('m,host=ü up=1i 1', 'm,host=b up=0i 2'));
    await sink.close();
    const body = 'm,host=ü up=1i 1\nm,host=b up=0i 2\n';
    assert.deepEqual(seen, [['POST', `/db/x${path}`, authorization, 'text/plain; charset=utf-8', undefined, body]]);
    assert.deepEqual({ ...sink.counts }, { accepted: 2, rejected: 0, dropped: 0, kept: 0 });
    assert.deepEqual(told, []);
  });
}

test('large bodies are compressed, unless it is switched off', async (t) => {
  const seen: [string | undefined, string][] = [];
  const address = await listenHttp(t, async (request, response) => {
    const bytes = await buffer(request);
    const { 'content-encoding': encoding } = request.headers;
    seen.push([encoding, (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()]);
    response.writeHead(204).end();
  });
  const lines = Array.from({ length: 100 }, (_, n) => `m,host=ü up=1i ${n}`);
  for (const gzip of [true, false]) {
    const { sink } = startSink(t, { ...targetOf(`http://${address}`), gzip });
    sink.write(...block(...lines));
    await sink.close();
  }
  const text = lines.map((line) => `${line}\n`).join('');
  assert.deepEqual(seen, [
    ['gzip', text],
    [undefined, text],
  ]);
});

test('batches by lines and by bytes; what comes while a write is under way makes the next', async (t) => {
  let release: (() => void) | undefined;
  const bodies: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    bodies.push((await buffer(request)).toString());
    if (bodies.length > 1) return void response.writeHead(204).end();
    release = () => response.writeHead(204).end();
  });
  const batch = { maxLines: 3, maxBytes: 100, maxAgeMs: 0 };
  const { sink } = startSink(t, { ...targetOf(`http://${address}`), batch });
  sink.write(...block('m up=1i 0'));
  await until(() => release !== undefined);
  for (let n = 1; n <= 4; n++) sink.write(...block(`m up=1i ${n}`));
  sink.write(...block(`m,host=${'h'.repeat(80)} up=1i 5`));
  sink.write(...block('m up=1i 6'));
  assert.equal(sink.counts.kept, 7);
  release?.();
  await sink.close();
  assert.deepEqual(
    bodies.map((body) => body.match(/\d+(?=\n)/g)),
    [['0'], ['1', '2', '3'], ['4'], ['5'], ['6']],
  );
  assert.equal(sink.counts.accepted, 7);
});

test('a lone line waits for its age and no longer', async (t) => {
  const { url, bodies } = await listenAnswering(t, () => ({ status: 204 }));
  const young = startSink(t, { ...targetOf(url), batch: { ...AT_ONCE, maxAgeMs: 86_400_000 } });
  young.sink.write(...block('m up=1i 1'));
  const old = startSink(t, { ...targetOf(url), batch: { ...AT_ONCE, maxAgeMs: 1 } });
  old.sink.write(...block('m up=1i 2'));
  await until(() => old.sink.counts.accepted === 1);
  assert.equal(young.sink.counts.kept, 1);
  await young.sink.close();
  assert.deepEqual(bodies, ['m up=1i 2\n', 'm up=1i 1\n']);
});

for (const [status, isAlarm] of [
  [401, true],
  [403, true],
  [404, true],
  [301, true],
  [200, true],
  [408, false],
  [429, false],
  [500, false],
  [503, false],
] as const) {
  test(`${status}: kept and tried again, as often as it takes`, async (t) => {
    let isFine = false;
    const { url, bodies } = await listenAnswering(t, () => ({ status: isFine ? 204 : status, body: 'no' }));
    const { sink, told } = startSink(t, targetOf(url), { backoffMs: 0 });
    sink.write(...block('m up=1i 1'));
    await until(() => bodies.length >= 20);
    assert.equal(sink.facts.isAway, true);
    assert.equal(sink.facts.alarm, isAlarm ? sink.facts.failure : null);
    assert.match(sink.facts.failure ?? '', new RegExp(`^answered ${status}`));
    assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 0, kept: 1 });
    isFine = true;
    await until(() => sink.counts.accepted === 1);
    assert.equal(new Set(bodies).size, 1, 'the same batch each time');
    assert.deepEqual(
      told.map(({ message }) => message),
      ['points kept', 'points taken again'],
      'told once, and its end',
    );
    assert.deepEqual([sink.facts.isAway, sink.facts.alarm, sink.facts.failure], [false, null, null]);
    assert.equal(sink.facts.requests, bodies.length);
    assert.equal(sink.facts.retries, bodies.length - 1);
  });
}

test('Retry-After is kept to', async (t) => {
  const answers = inTurn({ status: 503, headers: { 'retry-after': '3600' } }, { status: 204 });
  const { url, bodies } = await listenAnswering(t, answers);
  const { sink } = startSink(t, targetOf(url), { backoffMs: 0 });
  sink.write(...block('m up=1i 1'));
  await until(() => sink.facts.isAway);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(bodies.length, 1);
  await sink.close();
  assert.equal(sink.counts.dropped, 1, 'closing does not wait so long');
});

test('secrets that a server sends back are not told', async (t) => {
  const address = await listenHttp(t, async (request, response) => {
    request.resume();
    response.writeHead(401).end(`no: ${request.headers.authorization}, that is ${SECRET}`);
  });
  const { sink, told } = startSink(t, targetOf(`http://${address}`));
  sink.write(...block('m up=1i 1'));
  await until(() => sink.facts.isAway);
  assert.equal(told[0]?.detail, 'answered 401: no: Basic ***, that is ***');
  assert.equal(sink.facts.alarm, told[0]?.detail);
});

test('a closing sink gives up at the second failure in a row, and tells the last', async (t) => {
  const address = await deadAddress();
  const { sink, told } = startSink(t, targetOf(`http://${address}`), { closeTimeoutMs: 60_000 });
  sink.write(...block('m up=1i 1', 'm up=1i 2'));
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 2, kept: 0 });
  assert.deepEqual(told.at(-1), { message: 'points dropped', points: 2, detail: `connect ECONNREFUSED ${address}` });
});

test('a closing sink that is refused once tries again', async (t) => {
  const { url, bodies } = await listenAnswering(t, inTurn({ status: 500 }, { status: 204 }));
  const { sink, told } = startSink(t, { ...targetOf(url), batch: { ...AT_ONCE, maxAgeMs: 60_000 } });
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(bodies.length, 2);
  assert.equal(sink.counts.accepted, 1);
  assert.deepEqual(told, []);
});

test('a server that closes without an answer', async (t) => {
  const server = createTcpServer((socket) => socket.on('data', () => socket.destroy()));
  const { sink } = startSink(t, targetOf(`http://${await listen(t, server)}`));
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(sink.counts.dropped, 1);
});

test('a server that never answers: each attempt ends at the deadline, and its connection with it', async (t) => {
  let open = 0;
  let connections = 0;
  const server = createTcpServer((socket) => {
    open++;
    connections++;
    socket.resume().on('close', () => open--);
  });
  const { sink } = startSink(t, targetOf(`http://${await listen(t, server)}`), { timeoutMs: 30 });
  sink.write(...block('m up=1i 1'));
  await until(() => connections >= 3);
  assert.equal(sink.facts.failure, 'no answer within 30 ms');
  assert.equal(sink.counts.kept, 1);
  await sink.close();
  await until(() => open === 0);
});

test('closing waits for its own deadline and no longer, and drops the rest', async (t) => {
  const server = createTcpServer((socket) => socket.resume());
  const options = { timeoutMs: 60_000, closeTimeoutMs: 20 };
  const { sink, told } = startSink(t, targetOf(`http://${await listen(t, server)}`), options);
  sink.write(...block('m up=1i 1'));
  sink.write(...block('m up=1i 2'));
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 2, kept: 0 });
  assert.equal(told[0]?.detail, 'not written within 20 ms of closing');
  sink.write(...block('m up=1i 3'));
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 3, kept: 0 });
});

for (const status of [200, 400, 500]) {
  test(`an endless answer of ${status} is cut`, async (t) => {
    let isCut = false;
    const address = await listenHttp(t, (request, response) => {
      request.resume();
      request.socket.on('close', () => {
        isCut = true;
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      const pump = () => {
        while (response.write('x'.repeat(10_000)));
      };
      response.on('drain', pump);
      pump();
    });
    const { sink } = startSink(t, targetOf(`http://${address}`));
    sink.write(...block('m up=1i 1'));
    await until(() => isCut);
    await until(() => sink.facts.isAway || sink.counts.rejected === 1);
    const expected = { 200: 'the answer is longer than 1048576 bytes', 400: null, 500: 'answered 500: no text' }[
      status
    ];
    assert.equal(sink.facts.failure, expected);
    assert.equal(sink.counts.rejected, status === 400 ? 1 : 0, 'the status counts, whatever follows');
  });
}

test('beyond the bound of memory the oldest go, and every point is counted once', async (t) => {
  let release: (() => void) | undefined;
  const bodies: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    bodies.push((await buffer(request)).toString());
    if (bodies.length === 1) release = () => response.writeHead(204).end();
    else response.writeHead(204).end();
  });
  const line = (n: number) => `m up=1i ${1000 + n}`;
  const { sink, told } = startSink(t, targetOf(`http://${address}`), { maxQueueBytes: 10 * (line(0).length + 1) });
  sink.write(...block(line(0)));
  await until(() => release !== undefined);
  for (let n = 1; n <= 25; n++) sink.write(...block(line(n)));
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 16, kept: 10 });
  assert.equal(sink.facts.queueBytes, 10 * (line(0).length + 1), 'what is being written counts too');
  release?.();
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 10, rejected: 0, dropped: 16, kept: 0 });
  assert.equal(bodies[1], Array.from({ length: 9 }, (_, n) => `${line(17 + n)}\n`).join(''), 'the newest were kept');
  assert.equal(told.length, 1, 'told once, not for each');
});

test('TLS: with the CA given it is trusted, without it is not', async (t) => {
  const ca = await createThrowAwayCa();
  const { certPem, keyPem } = await ca.issue();
  const server = createTlsServer({ cert: certPem, key: keyPem }, (request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  const url = `https://${await listen(t, server)}`;
  const trusting = startSink(t, { ...targetOf(url), ca: ca.caPem });
  trusting.sink.write(...block('m up=1i 1'));
  await trusting.sink.close();
  assert.deepEqual({ ...trusting.sink.counts }, { accepted: 1, rejected: 0, dropped: 0, kept: 0 });
  const wary = startSink(t, targetOf(url));
  wary.sink.write(...block('m up=1i 1'));
  await wary.sink.close();
  assert.equal(wary.sink.counts.dropped, 1);
  assert.match(wary.told.at(-1)?.detail ?? '', /certificate/);
});
