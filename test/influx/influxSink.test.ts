import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { type InfluxSinkOptions, startInfluxSink } from '../../src/influx/influxSink.ts';
import type { Sink } from '../../src/influx/sink.ts';
import type { InfluxTarget } from '../../src/model/influxTarget.ts';
import { deadAddress, listen, listenHttp, until } from '../collect/servers.ts';

const SECRET = 'pa:ss wörd';
const PARTIAL =
  '{"error":"partial write: field type conflict: input field \\"up\\" on measurement \\"m\\" is type float, already exists as type integer dropped=1"}\n';

interface Started {
  sink: Sink;
  told: { message: string; detail: string; points: number }[];
}

/** A sink that tries thrice at once; closed after the test. */
function startSink(
  t: TestContext,
  url: string,
  target: Partial<InfluxTarget> = {},
  options: Partial<InfluxSinkOptions> = {},
): Started {
  const told: Started['told'] = [];
  const sink = startInfluxSink({
    target: {
      url,
      database: 'dirac',
      retentionPolicy: null,
      login: { username: 'probe', password: SECRET },
      ca: null,
      ...target,
    },
    log: { warn: ({ detail, points }, message) => told.push({ message, detail, points }) },
    attempts: 3,
    backoffMs: 1,
    closeTimeoutMs: 10_000,
    ...options,
  });
  t.after(() => sink.close());
  return { sink, told };
}

function block(...lines: string[]): [Uint8Array, number] {
  return [Buffer.from(lines.map((line) => `${line}\n`).join('')), lines.length];
}

/** Answers the first request with the first status, the second with the second, and all further ones with the last. */
async function listenAnswering(t: TestContext, statuses: number[], body = '', headers: Record<string, string> = {}) {
  const bodies: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    bodies.push((await buffer(request)).toString());
    response.writeHead(statuses[Math.min(bodies.length, statuses.length) - 1] ?? 204, headers).end(body);
  });
  return { url: `http://${address}`, bodies };
}

test('writes as InfluxDB 1.x wants it: path, precision, Basic authentication, bytes as they are', async (t) => {
  const seen: { url: string | undefined; authorization: string | undefined; type: string | undefined; body: string }[] =
    [];
  const address = await listenHttp(t, async (request, response) => {
    const { authorization, 'content-type': type } = request.headers;
    seen.push({ url: request.url, authorization, type, body: (await buffer(request)).toString() });
    response.writeHead(204).end();
  });
  const { sink, told } = startSink(t, `http://${address}`, { database: 'a b&c', retentionPolicy: 'one week' });
  sink.write(...block('m,host=ü up=1i 1', 'm,host=b up=0i 2'));
  await sink.close();
  assert.deepEqual(seen, [
    {
      url: '/write?db=a+b%26c&rp=one+week&precision=ns',
      authorization: `Basic ${Buffer.from(`probe:${SECRET}`).toString('base64')}`,
      type: 'text/plain; charset=utf-8',
      body: 'm,host=ü up=1i 1\nm,host=b up=0i 2\n',
    },
  ]);
  assert.deepEqual(sink.counts, { accepted: 2, rejected: 0, dropped: 0, kept: 0 });
  assert.deepEqual(told, []);
});

test('without a login none is sent', async (t) => {
  let authorization: string | undefined = 'none seen';
  const address = await listenHttp(t, (request, response) => {
    authorization = request.headers.authorization;
    request.resume();
    response.writeHead(204).end();
  });
  const { sink } = startSink(t, `http://${address}`, { login: null });
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(authorization, undefined);
  assert.equal(sink.counts.accepted, 1);
});

test('what comes while a write is under way makes one batch', async (t) => {
  const bodies: string[] = [];
  let release: (() => void) | undefined;
  const address = await listenHttp(t, async (request, response) => {
    bodies.push((await buffer(request)).toString());
    if (bodies.length === 1) release = () => response.writeHead(204).end();
    else response.writeHead(204).end();
  });
  const { sink } = startSink(t, `http://${address}`);
  for (let n = 1; n <= 4; n++) sink.write(...block(`m up=1i ${n}`));
  assert.equal(sink.counts.kept, 4);
  await until(() => release !== undefined);
  release?.();
  await sink.close();
  assert.equal(bodies.length, 2);
  assert.equal(bodies.join(''), 'm up=1i 1\nm up=1i 2\nm up=1i 3\nm up=1i 4\n');
  assert.equal(sink.counts.accepted, 4);
});

test('a partial write (400) is rejected, told with its first line, and does not stop the next batch', async (t) => {
  const { url, bodies } = await listenAnswering(t, [400, 204], PARTIAL, { 'content-type': 'application/json' });
  const { sink, told } = startSink(t, url);
  sink.write(...block('m up=1 1', 'm other=1i 1'));
  await until(() => sink.counts.rejected > 0);
  sink.write(...block('m up=1i 2'));
  await sink.close();
  assert.equal(bodies.length, 2, 'a 400 is not tried again');
  assert.deepEqual(sink.counts, { accepted: 1, rejected: 2, dropped: 0, kept: 0 });
  assert.deepEqual(told, [
    { message: 'points rejected', points: 2, detail: `answered 400: ${JSON.parse(PARTIAL).error}` },
  ]);
});

for (const [status, body] of [
  [401, '{"error":"authorization failed"}'],
  [403, '{"error":"\\"probe\\" user is not authorized to write to database \\"dirac\\""}'],
  [404, '{"error":"database not found: \\"dirac\\""}'],
  [413, '{"error":"Request Entity Too Large"}'],
  [301, 'moved'],
] as const) {
  test(`${status} is rejected at once`, async (t) => {
    const { url, bodies } = await listenAnswering(t, [status], body);
    const { sink, told } = startSink(t, url);
    sink.write(...block('m up=1i 1'));
    await sink.close();
    assert.equal(bodies.length, 1);
    assert.deepEqual(sink.counts, { accepted: 0, rejected: 1, dropped: 0, kept: 0 });
    assert.match(told[0]?.detail ?? '', new RegExp(`^answered ${status}: `));
  });
}

test('a success that is not InfluxDB’s is rejected', async (t) => {
  const { url } = await listenAnswering(t, [200], '<html>');
  const { sink, told } = startSink(t, url);
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(told[0]?.detail, 'answered 200, expected 204: is this InfluxDB?');
  assert.equal(sink.counts.rejected, 1);
});

test('secrets that a server sends back are not told', async (t) => {
  const address = await listenHttp(t, async (request, response) => {
    request.resume();
    response.writeHead(401).end(`no: ${request.headers.authorization}, that is ${SECRET}`);
  });
  const { sink, told } = startSink(t, `http://${address}`);
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(told[0]?.detail, 'answered 401: no: Basic ***, that is ***');
});

for (const status of [500, 503, 429, 408]) {
  test(`${status} is tried again`, async (t) => {
    const { url, bodies } = await listenAnswering(t, [status, status, 204]);
    const { sink, told } = startSink(t, url);
    sink.write(...block('m up=1i 1'));
    await sink.close();
    assert.deepEqual(bodies, Array(3).fill('m up=1i 1\n'), 'the same batch each time');
    assert.deepEqual(sink.counts, { accepted: 1, rejected: 0, dropped: 0, kept: 0 });
    assert.deepEqual(told, []);
  });
}

test('a batch that fails at every attempt is dropped and told once', async (t) => {
  const { url, bodies } = await listenAnswering(t, [500, 500, 500, 204], '{"error":"timeout"}');
  const { sink, told } = startSink(t, url);
  sink.write(...block('m up=1i 1', 'm up=1i 2'));
  await until(() => sink.counts.dropped > 0);
  sink.write(...block('m up=1i 3'));
  await sink.close();
  assert.equal(bodies.length, 4);
  assert.deepEqual(sink.counts, { accepted: 1, rejected: 0, dropped: 2, kept: 0 });
  assert.deepEqual(told, [{ message: 'points dropped', points: 2, detail: 'answered 500: timeout' }]);
});

test('a server that is not there', async (t) => {
  const address = await deadAddress();
  const { sink, told } = startSink(t, `http://${address}`);
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.equal(sink.counts.dropped, 1);
  assert.equal(told[0]?.detail, `connect ECONNREFUSED ${address}`);
});

test('a server that closes without an answer', async (t) => {
  const server = createTcpServer((socket) => socket.on('data', () => socket.destroy()));
  const { sink } = startSink(t, `http://${await listen(t, server)}`);
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
  const { sink, told } = startSink(
    t,
    `http://${await listen(t, server)}`,
    {},
    { timeoutMs: 30, closeTimeoutMs: 10_000 },
  );
  sink.write(...block('m up=1i 1'));
  await sink.close();
  await until(() => open === 0);
  assert.equal(connections, 3);
  assert.equal(told[0]?.detail, 'no answer within 30 ms');
  assert.equal(sink.counts.dropped, 1);
});

test('closing waits for its own deadline and no longer, and drops the rest', async (t) => {
  const server = createTcpServer((socket) => socket.resume());
  const { sink, told } = startSink(
    t,
    `http://${await listen(t, server)}`,
    {},
    { timeoutMs: 60_000, closeTimeoutMs: 20 },
  );
  sink.write(...block('m up=1i 1'));
  sink.write(...block('m up=1i 2'));
  await sink.close();
  assert.deepEqual(sink.counts, { accepted: 0, rejected: 0, dropped: 2, kept: 0 });
  assert.equal(told[0]?.detail, 'not written within 20 ms of closing');
  sink.write(...block('m up=1i 3'));
  assert.deepEqual(sink.counts, { accepted: 0, rejected: 0, dropped: 3, kept: 0 });
});

test('an endless answer is cut', async (t) => {
  let isCut = false;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    request.socket.on('close', () => {
      isCut = true;
    });
    response.writeHead(200);
    const pump = () => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', pump);
    pump();
  });
  const { sink, told } = startSink(t, `http://${address}`, {}, { attempts: 1 });
  sink.write(...block('m up=1i 1'));
  await sink.close();
  await until(() => isCut);
  assert.equal(told[0]?.detail, 'the answer is longer than 65536 bytes');
});

test('beyond the bound of what may wait the oldest go, and every point is counted once', async (t) => {
  let release: (() => void) | undefined;
  const bodies: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    bodies.push((await buffer(request)).toString());
    if (bodies.length === 1) release = () => response.writeHead(204).end();
    else response.writeHead(204).end();
  });
  const line = (n: number) => `m up=1i ${1000 + n}`;
  const { sink, told } = startSink(t, `http://${address}`, {}, { maxQueueBytes: 10 * (line(0).length + 1) });
  sink.write(...block(line(0)));
  await until(() => release !== undefined);
  for (let n = 1; n <= 25; n++) sink.write(...block(line(n)));
  assert.deepEqual(sink.counts, { accepted: 0, rejected: 0, dropped: 15, kept: 11 });
  release?.();
  await sink.close();
  assert.deepEqual(sink.counts, { accepted: 11, rejected: 0, dropped: 15, kept: 0 });
  assert.equal(bodies[1], Array.from({ length: 10 }, (_, n) => `${line(16 + n)}\n`).join(''), 'the newest were kept');
  assert.equal(told.length, 1, 'told once, not for each');
});

test('a block larger than a batch is written in pieces', async (t) => {
  const { url, bodies } = await listenAnswering(t, [204]);
  const { sink } = startSink(t, url, {});
  const lines = Array.from({ length: 9000 }, (_, n) => `m,host=${'h'.repeat(1000)} up=1i ${n}`);
  sink.write(...block(...lines));
  await sink.close();
  assert.equal(bodies.length, 3);
  assert.equal(bodies.join(''), lines.map((line) => `${line}\n`).join(''));
  assert.equal(sink.counts.accepted, 9000);
});

test('TLS: with the CA given it is trusted, without it is not', async (t) => {
  const ca = await createThrowAwayCa();
  const { certPem, keyPem } = await ca.issue();
  const server = createTlsServer({ cert: certPem, key: keyPem }, (request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  const url = `https://${await listen(t, server)}`;
  const trusting = startSink(t, url, { ca: ca.caPem });
  trusting.sink.write(...block('m up=1i 1'));
  await trusting.sink.close();
  assert.deepEqual(trusting.sink.counts, { accepted: 1, rejected: 0, dropped: 0, kept: 0 });
  const wary = startSink(t, url);
  wary.sink.write(...block('m up=1i 1'));
  await wary.sink.close();
  assert.equal(wary.sink.counts.dropped, 1);
  assert.match(wary.told[0]?.detail ?? '', /certificate/);
});
