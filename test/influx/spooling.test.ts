import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { CursorMark } from '../../src/model/lineBlock.ts';
import { listenHttp, until } from '../collect/servers.ts';
import { createMemorySpool } from './memorySpool.ts';
import { AT_ONCE, block, listenAnswering, startSink, targetOf } from './sinkRig.ts';

function mark(node: string, timeNs: bigint): CursorMark {
  return { node, source: 'docker', cursor: new Map([['/docker/a', timeNs]]) };
}

const linesOf = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `m up=1i ${from + at}`);

/** A server that is there or not, and what it has stored in the order it came. */
async function startServer(t: Parameters<typeof listenAnswering>[0], isThere: boolean) {
  const server = { isThere, url: '', stored: [] as string[], requests: 0 };
  const { url } = await listenAnswering(t, (_, body) => {
    server.requests++;
    if (!server.isThere) return { status: 503, body: 'not now' };
    server.stored.push(...body.split('\n').filter((line) => line !== ''));
    return { status: 204 };
  });
  server.url = url;
  return server;
}

test('what cannot be written goes to the spool with its marks, and comes out in order when the server is back', async (t) => {
  const server = await startServer(t, false);
  const spool = createMemorySpool();
  const { sink, told } = startSink(t, targetOf(server.url), { spool });
  for (let n = 1; n <= 5; n++) {
    sink.write(...block(`m up=1i ${n}`), [mark('n', BigInt(n))]);
    await until(() => spool.counts.kept === n);
    assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 0, kept: n });
    assert.deepEqual([...spool.marks.values()], [mark('n', BigInt(n))]);
  }
  assert.equal(sink.facts.queueBytes, 0);
  assert.equal(sink.facts.isAway, true);
  server.isThere = true;
  await until(() => sink.counts.accepted === 5);
  assert.deepEqual(server.stored, linesOf(1, 5));
  assert.deepEqual({ ...sink.counts }, { accepted: 5, rejected: 0, dropped: 0, kept: 0 });
  assert.equal(spool.text, '');
  assert.deepEqual(
    told.map(({ message }) => message),
    ['points kept', 'points taken again'],
  );
});

test('what was found in the spool is written, counted, and does not stand before what is new', async (t) => {
  const server = await startServer(t, true);
  const [lines, points] = block(...linesOf(1, 3));
  const spool = createMemorySpool([
    { lines, points },
    { lines, points },
  ]);
  const target = { ...targetOf(server.url), batch: { ...AT_ONCE, maxBytes: lines.length } };
  const { sink } = startSink(t, target, { spool, drainPerSecond: 1 });
  assert.equal(sink.counts.kept, 6);
  await until(() => sink.counts.accepted === 3);
  sink.write(...block('m up=1i 9'));
  await until(() => sink.counts.accepted === 4);
  assert.equal(server.stored.at(-1), 'm up=1i 9', 'a spool that is drained at one line a second is not waited for');
  assert.deepEqual({ ...sink.counts }, { accepted: 4, rejected: 0, dropped: 0, kept: 3 });
  await sink.close();
  assert.equal(spool.counts.kept, 3, 'closing does not drain it');
});

test('marks are stored after their lines are accepted, together, and at the end', async (t) => {
  const server = await startServer(t, true);
  const spool = createMemorySpool();
  const { sink } = startSink(t, targetOf(server.url), { spool });
  for (let n = 1; n <= 20; n++) {
    sink.write(...block(`m up=1i ${n}`), [mark('a', BigInt(n)), mark('b', 7n)]);
    await until(() => sink.counts.accepted === n);
  }
  await sink.close();
  assert.deepEqual([...spool.marks.values()], [mark('a', 20n), mark('b', 7n)]);
  assert.ok(spool.savedMarks < 20, `${spool.savedMarks} times`);
});

test('an older mark is never stored after a newer one that went with its lines', async (t) => {
  const server = await startServer(t, true);
  const spool = createMemorySpool();
  const { sink } = startSink(t, targetOf(server.url), { spool });
  sink.write(...block('m up=1i 1'), [mark('a', 1n)]);
  await until(() => sink.counts.accepted === 1);
  server.isThere = false;
  sink.write(...block('m up=1i 2'), [mark('a', 2n)]);
  await until(() => spool.counts.kept === 1);
  await sink.close();
  assert.deepEqual([...spool.marks.values()], [mark('a', 2n)]);
});

test('closing puts what the server does not take into the spool at once', async (t) => {
  const server = await startServer(t, false);
  const spool = createMemorySpool();
  const batch = { maxLines: 2, maxBytes: 1000, maxAgeMs: 60_000 };
  const { sink, told } = startSink(t, { ...targetOf(server.url), batch }, { spool });
  sink.write(...block(...linesOf(1, 5)), [mark('a', 5n)]);
  await sink.close();
  assert.equal(spool.text, `${linesOf(1, 5).join('\n')}\n`);
  assert.deepEqual([...spool.marks.values()], [mark('a', 5n)]);
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 0, kept: 5 });
  assert.ok(server.requests <= 2, `${server.requests} requests`);
  assert.ok(told.every(({ message }) => message === 'points kept'));
});

test('a spool that fails is an alarm; what it does not take waits in memory, within the bound', async (t) => {
  const server = await startServer(t, false);
  const spool = createMemorySpool();
  spool.fault = 'database or disk is full';
  const { sink, told } = startSink(t, targetOf(server.url), { spool, maxQueueBytes: 100 });
  sink.write(...block('m up=1i 1'), [mark('a', 1n)]);
  await until(() => sink.facts.alarm === 'the spool: database or disk is full');
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 0, kept: 1 });
  assert.ok(told.some(({ detail }) => detail === 'the spool: database or disk is full'));
  for (let n = 2; n <= 20; n++) sink.write(...block(`m up=1i ${n}`));
  const { dropped, kept } = sink.counts;
  assert.ok(dropped >= 9 && kept <= 11, `${dropped} dropped, ${kept} kept`);
  assert.equal(dropped + kept, 20);
  spool.fault = null;
  await until(() => spool.counts.kept === kept);
  assert.equal(sink.facts.alarm, null);
  server.isThere = true;
  await until(() => sink.counts.accepted === kept);
  assert.deepEqual({ ...sink.counts }, { accepted: kept, rejected: 0, dropped, kept: 0 });
});

test('with a spool that fails the server is still tried, and takes what waits in memory', async (t) => {
  const server = await startServer(t, false);
  const spool = createMemorySpool();
  spool.fault = 'disk I/O error';
  const { sink } = startSink(t, targetOf(server.url), { spool });
  sink.write(...block('m up=1i 1'));
  await until(() => sink.facts.alarm !== null);
  server.isThere = true;
  await until(() => sink.counts.accepted === 1);
  assert.deepEqual(server.stored, ['m up=1i 1']);
});

test('closing with neither server nor spool drops what is left, and says why', async (t) => {
  const server = await startServer(t, false);
  const spool = createMemorySpool();
  spool.fault = 'disk I/O error';
  const { sink, told } = startSink(t, targetOf(server.url), { spool });
  sink.write(...block('m up=1i 1'));
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 0, dropped: 1, kept: 0 });
  assert.deepEqual(told.at(-1), { message: 'points dropped', points: 1, detail: 'disk I/O error' });
});

test('what the spool drops while it is being written counts once, as dropped', async (t) => {
  const [lines, points] = block(...linesOf(1, 3));
  const spool = createMemorySpool([
    { lines, points },
    { lines, points },
  ]);
  const { url } = await listenAnswering(t, (request) => {
    if (request === 1) spool.dropOldest();
    return { status: 204 };
  });
  const { sink } = startSink(t, targetOf(url), { spool });
  await until(() => sink.counts.kept === 0);
  assert.deepEqual({ ...sink.counts }, { accepted: 3, rejected: 0, dropped: 3, kept: 0 });
});

test('bad lines out of the spool are rejected, the others accepted', async (t) => {
  const [lines, points] = block('m up=1i 1', 'foo', 'm up=1i 3');
  const spool = createMemorySpool([{ lines, points }]);
  const body = JSON.stringify({ error: "partial write: unable to parse 'foo': missing fields dropped=0" });
  const { url } = await listenAnswering(t, () => ({
    status: 400,
    body,
    headers: { 'content-type': 'application/json' },
  }));
  const { sink, told } = startSink(t, targetOf(url), { spool });
  await until(() => sink.counts.kept === 0);
  assert.deepEqual({ ...sink.counts }, { accepted: 2, rejected: 1, dropped: 0, kept: 0 });
  assert.match(told[0]?.detail ?? '', /such as foo$/);
});

test('marks without lines are stored in their turn, and need no server', async (t) => {
  const server = await startServer(t, true);
  const spool = createMemorySpool();
  const { sink } = startSink(t, targetOf(server.url), { spool });
  sink.write(Buffer.alloc(0), 0, [mark('a', 1n)]);
  await sink.close();
  assert.deepEqual([...spool.marks.values()], [mark('a', 1n)]);
  assert.equal(server.requests, 0);
});

test('a server so slow that memory would fill up: what waits goes to the spool, and nothing is dropped', async (t) => {
  let isSlow = true;
  let requests = 0;
  const stored: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    requests++;
    const body = await text(request);
    if (isSlow) return; // no answer at all
    stored.push(...body.split('\n').filter((line) => line !== ''));
    response.writeHead(204).end();
  });
  const spool = createMemorySpool();
  // The deadline is of the try that may be under way when the server is quick again.
  const { sink, told } = startSink(t, targetOf(`http://${address}`), { spool, timeoutMs: 1_500, maxQueueBytes: 400 });
  const [first = '', ...others] = linesOf(1, 60);
  sink.write(...block(first));
  await until(() => requests > 0);
  // Together more than the bound, and less than twice as much.
  for (const line of others) sink.write(...block(line));
  await until(() => spool.counts.kept === 60);
  assert.match(told[0]?.detail ?? '', /^more than 400 bytes wait in memory, the write under way is given up$/);
  isSlow = false;
  await until(() => sink.counts.accepted === 60);
  assert.deepEqual({ ...sink.counts }, { accepted: 60, rejected: 0, dropped: 0, kept: 0 });
  assert.deepEqual([...new Set(stored)].sort(), linesOf(1, 60).sort());
});
