import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { CollectTask } from '../../src/cadvisor/collectTask.ts';
import { parseNode } from '../../src/cadvisor/node.ts';
import { startCollectLanes } from '../../src/engine/collectLanes.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { listenHttp } from '../collect/servers.ts';
import { pointsOf } from './parseToLines.ts';

const CASE = new URL('../cases/cgroup-v1-docker-newest/', import.meta.url);

/** Asks a node with these answers, one after the other, by a thread. */
async function startAsking(t: TestContext, answers: (string | Buffer)[]) {
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    response.end(answers.shift());
  });
  const node = { ...parseNode(address), host: 'node-1' };
  const lanes = startCollectLanes(1, {
    nodes: [node],
    format: ORIGINAL_FORMAT,
    maxBytes: 1_000_000,
    keepAliveMs: 5000,
  });
  t.after(() => lanes.close());
  const task = { source: 'docker', cursor: null, numStats: 1, start: null, timeoutMs: 10_000, leftMs: 10_000 } as const;
  return (over: Partial<CollectTask> = {}) => lanes.ask(node, { ...task, ...over });
}

test('a collecting thread gives the lines of the golden case', async (t) => {
  const body = readFileSync(new URL('body.json', CASE));
  const outcome = await (await startAsking(t, [body]))();
  assert.ok(outcome.ok);
  const golden = readFileSync(new URL('lines.txt', CASE), 'utf8');
  const [piece, ...more] = outcome.pieces;
  assert.ok(piece);
  assert.equal(more.length, 0);
  assert.deepEqual(pointsOf(Buffer.from(piece.lines).toString()), pointsOf(golden));
  assert.equal(piece.lines.buffer.byteLength, piece.lines.byteLength, 'moved, and no more than the lines');
  assert.equal(piece.points, 18);
  assert.equal(outcome.points, 18);
  assert.equal(outcome.samples, 3);
  assert.equal(outcome.bytes, body.length);
  assert.equal(
    outcome.newest.get('/docker/0454fb931f492ada5123fce9c2ff9aff12d90fdbce57a71c2d4f0007f6fa4bd7'),
    1_795_502_179_310_655_622n,
  );
});

test('a malformed body is a failure, and the thread lives on', async (t) => {
  const ask = await startAsking(t, ['{"/docker/a": {', '{}']);
  const failed = await ask();
  assert.ok(!failed.ok);
  assert.match(failed.detail, /not whole JSON/);
  assert.equal(failed.tooLarge, false);
  assert.ok((await ask()).ok);
});

test('a fault of our own in a thread is a failure that says where, and the thread lives on', async (t) => {
  const ask = await startAsking(t, [readFileSync(new URL('body.json', CASE)), '{}']);
  const failed = await ask({ cursor: 'no cursor' as unknown as null });
  assert.ok(!failed.ok);
  assert.match(failed.detail, /^the collecting thread failed, please report it: \w*Error: /);
  assert.ok((await ask()).ok);
});
