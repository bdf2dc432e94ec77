import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Agent } from 'undici';
import { type ScrapeOutcome, type ScrapeRequest, scrape } from '../../src/cadvisor/scrape.ts';
import { deadAddress, listen, listenHttp } from '../collect/servers.ts';

const MAX_BYTES = 100_000;

async function scrapeFrom(
  t: TestContext,
  address: string,
  wanted: Partial<ScrapeRequest> = {},
): Promise<ScrapeOutcome> {
  const dispatcher = new Agent();
  t.after(() => dispatcher.destroy());
  const signal = new AbortController().signal;
  return scrape({ address, source: 'docker', numStats: 1, maxBytes: MAX_BYTES, signal, dispatcher, ...wanted });
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
  await scrapeFrom(t, address, { source: 'machine' });
  assert.deepEqual(asked, [
    'POST /api/v1.3/docker application/json {"num_stats":12}',
    'POST /api/v1.3/containers/ application/json {"num_stats":1}',
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
