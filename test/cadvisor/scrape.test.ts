import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { parseNode } from '../../src/cadvisor/node.ts';
import { type ScrapeOutcome, type ScrapeRequest, scrape } from '../../src/cadvisor/scrape.ts';
import { deadAddress, listen, listenHttp, until } from '../collect/servers.ts';

const MAX_BYTES = 100_000;

const inTurn: ScrapeRequest['inTurn'] = (read) => read();
const QUESTION = { source: 'docker', numStats: 1, start: null, maxBytes: MAX_BYTES, inTurn } as const;

async function scrapeFrom(
  t: TestContext,
  address: string,
  wanted: Partial<ScrapeRequest> = {},
): Promise<ScrapeOutcome> {
  const dispatcher = new Agent();
  t.after(() => dispatcher.destroy());
  const signal = new AbortController().signal;
  const node = parseNode(address);
  const budget = { heldBytes: 0, maxBytes: 10 * MAX_BYTES };
  const outcome = await scrape({ ...QUESTION, node, budget, signal, dispatcher, ...wanted });
  assert.equal(budget.heldBytes, 0, 'nothing of it is counted any more');
  return outcome;
}

/** Scrapes with a deadline that passes as soon as `reached` resolves. */
function scrapeUntil(t: TestContext, address: string, reached: Promise<unknown>): Promise<ScrapeOutcome> {
  const deadline = new AbortController();
  void reached.then(() => deadline.abort(new Error('no whole answer within 1 ms')));
  return scrapeFrom(t, address, { signal: deadline.signal });
}

function detailOf(outcome: ScrapeOutcome): string {
  assert.equal(outcome.ok, false);
  return outcome.ok ? '' : outcome.detail;
}

test('asks for the newest samples and brings the body in a buffer of its own', async (t) => {
  const asked: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${await text(request)}`);
    response.write('{"a":');
    setImmediate(() => response.end('"ü"}'));
  });
  const docker = await scrapeFrom(t, address, { numStats: 12 });
  await scrapeFrom(t, address, { source: 'machine', start: '2026-11-24T06:36:20.000000001Z' });
  assert.deepEqual(asked, [
    'POST /api/v1.3/docker application/json {"num_stats":12}',
    'POST /api/v1.3/containers/ application/json {"num_stats":1,"start":"2026-11-24T06:36:20.000000001Z"}',
  ]);
  assert.ok(docker.ok);
  assert.equal(Buffer.from(docker.body).toString(), '{"a":"ü"}');
  assert.equal(docker.body.buffer.byteLength, docker.body.byteLength);
});

test('tells the first line of an error of cAdvisor, which all are 500', async (t) => {
  const address = await listenHttp(t, (_request, response) => {
    response.writeHead(500).end('failed to get Docker container "nope" with error: unable to find it\nsecond line\n');
  });
  assert.equal(
    detailOf(await scrapeFrom(t, address)),
    'answered 500: failed to get Docker container "nope" with error: unable to find it',
  );
});

test('an error page of any size is read only as far as its first line', async (t) => {
  const address = await listenHttp(t, (_request, response) => {
    response.writeHead(404);
    const pump = () => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', pump);
    pump();
  });
  assert.equal(detailOf(await scrapeFrom(t, address)), `answered 404: ${'x'.repeat(300)}`);
});

test('an endless answer is given up at the size limit and its connection closed', async (t) => {
  let closed: Promise<unknown> | undefined;
  const address = await listenHttp(t, (request, response) => {
    closed = new Promise((resolve) => request.socket.on('close', resolve));
    const pump = () => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', pump);
    pump();
  });
  const outcome = await scrapeFrom(t, address);
  assert.deepEqual(outcome, { ok: false, tooLarge: true, detail: `the answer is larger than ${MAX_BYTES} bytes` });
  await closed;
});

test('an answer of exactly the size limit is whole', async (t) => {
  const address = await listenHttp(t, (_request, response) => response.end('x'.repeat(MAX_BYTES)));
  const outcome = await scrapeFrom(t, address);
  assert.ok(outcome.ok);
  assert.equal(outcome.body.length, MAX_BYTES);
});

test('an answer shorter than it said is a failure', async (t) => {
  const address = await listenHttp(t, (request, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('{"a":1}');
    setImmediate(() => request.socket.end());
  });
  assert.match(detailOf(await scrapeFrom(t, address)), /other side closed|terminated|closed/);
});

test('what speaks no HTTP is a failure', async (t) => {
  const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.match(detailOf(await scrapeFrom(t, await listen(t, server))), /Expected HTTP|Parse Error|HTTP/i);
});

test('a port without listener is a failure that names it', async (t) => {
  const address = await deadAddress();
  assert.equal(detailOf(await scrapeFrom(t, address)), `connect ECONNREFUSED ${address}`);
});

test('the deadline ends a connection that never answers', async (t) => {
  const server = createTcpServer((socket) => socket.resume());
  const address = await listen(t, server);
  assert.equal(detailOf(await scrapeUntil(t, address, once(server, 'connection'))), 'no whole answer within 1 ms');
});

test('the deadline ends an answer that stops half-way', async (t) => {
  let sent: (() => void) | undefined;
  const half = new Promise<void>((resolve) => {
    sent = resolve;
  });
  const address = await listenHttp(t, (_request, response) => {
    response.write('{"a":', () => setTimeout(() => sent?.(), 20));
  });
  assert.equal(detailOf(await scrapeUntil(t, address, half)), 'no whole answer within 1 ms');
});

/** A proxy that compresses answers for whoever takes that. */
function startCompressing(t: TestContext, bytes: Uint8Array): Promise<string> {
  return listenHttp(t, (request, response) => {
    request.resume();
    assert.equal(request.headers['accept-encoding'], 'gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
  });
}

test('a compressed answer is decompressed', async (t) => {
  const body = JSON.stringify({ text: 'x'.repeat(MAX_BYTES / 2) });
  const outcome = await scrapeFrom(t, await startCompressing(t, gzipSync(body)));
  assert.ok(outcome.ok);
  assert.equal(Buffer.from(outcome.body).toString(), body);
});

test('a compressed answer counts as what it decompresses to', async (t) => {
  const bomb = gzipSync(Buffer.alloc(20 * MAX_BYTES));
  assert.ok(bomb.length < MAX_BYTES / 10);
  const outcome = await scrapeFrom(t, await startCompressing(t, bomb));
  assert.deepEqual(outcome, { ok: false, tooLarge: true, detail: `the answer is larger than ${MAX_BYTES} bytes` });
});

test('a compressed answer that is cut short, or none, is a failure', async (t) => {
  const whole = gzipSync('{"a": "some text that does not end where it should"}');
  assert.match(
    detailOf(await scrapeFrom(t, await startCompressing(t, whole.subarray(0, -12)))),
    /unexpected end of file/,
  );
  assert.match(detailOf(await scrapeFrom(t, await startCompressing(t, Buffer.from('{}')))), /incorrect header check/);
});

test('all answers that are being received at once are held to one limit', async (t) => {
  const budget = { heldBytes: 0, maxBytes: 1000 };
  let begun: (() => void) | undefined;
  const halfRead = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = await listenHttp(t, (_request, response) => void response.write('x'.repeat(600), () => begun?.()));
  const deadline = new AbortController();
  const dispatcher = new Agent();
  t.after(() => dispatcher.destroy());
  const wanted = { ...QUESTION, budget, dispatcher };
  const first = scrape({ ...wanted, node: parseNode(slow), signal: deadline.signal });
  await halfRead;
  await until(() => budget.heldBytes === 600);
  const quick = await listenHttp(t, (_request, response) => response.end('x'.repeat(600)));
  const { signal } = new AbortController();
  assert.deepEqual(await scrape({ ...wanted, node: parseNode(quick), signal }), {
    ok: false,
    tooLarge: true,
    detail: 'more than 1000 bytes of answers are being received at once',
  });
  deadline.abort(new Error('enough'));
  await first;
  assert.equal(budget.heldBytes, 0);
  assert.ok((await scrape({ ...wanted, node: parseNode(quick), signal })).ok);
});

test('basic authentication: with the right login, with a wrong one, with none', async (t) => {
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    const expected = `Basic ${Buffer.from('probe:s3cret:ü').toString('base64')}`;
    if (request.headers.authorization === expected) response.end('{}');
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="cadvisor"' }).end('401 Unauthorized\n');
  });
  const { url } = parseNode(address);
  const as = (password: string) => scrapeFrom(t, address, { node: { url, login: { username: 'probe', password } } });
  assert.ok((await as('s3cret:ü')).ok);
  assert.equal(
    detailOf(await as('wr0ng')),
    'answered 401: 401 Unauthorized (it does not take our username and password)',
  );
  assert.equal(
    detailOf(await scrapeFrom(t, address)),
    'answered 401: 401 Unauthorized (it wants a username and a password)',
  );
});

test('a cAdvisor below a path', async (t) => {
  const paths: (string | undefined)[] = [];
  const address = await listenHttp(t, (request, response) => {
    paths.push(request.url);
    response.end('{}');
  });
  await scrapeFrom(t, `http://${address}/nodes/7/`);
  await scrapeFrom(t, `http://${address}/nodes/7`, { source: 'machine' });
  assert.deepEqual(paths, ['/nodes/7/api/v1.3/docker', '/nodes/7/api/v1.3/containers/']);
});

test('an answer whose turn comes after the deadline says whose fault that is', async (t) => {
  const address = await listenHttp(t, (_request, response) => response.end('{}'));
  const deadline = new AbortController();
  const outcome = await scrapeFrom(t, address, {
    signal: deadline.signal,
    inTurn: async (read) => {
      deadline.abort(new Error('late'));
      return read();
    },
  });
  assert.match(detailOf(outcome), /^the collecting thread was too busy to read the answer in time/);
});
