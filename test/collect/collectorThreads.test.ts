import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type CadvisorNode, parseNode } from '../../src/cadvisor/node.ts';
import { startCollecting } from './collecting.ts';
import { startSamplingNode } from './samplingNode.ts';
import { listenHttp, until } from './servers.ts';
import { CRASH_MS, STAND_STILL_MS } from './sickTimeouts.ts';

const SICK_THREAD = new URL('sickCollect.ts', import.meta.url).href;

/** A collector on threads that fall ill at a node with this deadline; the others are asked as always. */
function startSick(t: TestContext, addresses: string[], timeoutMs: number, intervalMs: number) {
  const [sick, ...others] = addresses.map(parseNode) as [CadvisorNode, ...CadvisorNode[]];
  const nodes = [{ ...sick, timeoutMs, intervalMs }, ...others];
  return startCollecting(t, [], { nodes, entry: SICK_THREAD });
}

test('a thread that crashes is replaced: its rounds fail and say so, what they asked for comes in the next', async (t) => {
  const [sick, node] = [await startSamplingNode(t, 1), await startSamplingNode(t, 1)];
  const { collector, sink, logged } = startSick(t, [sick.address, node.address], CRASH_MS, 10_000);
  await until(() => collector.threads.crashed >= 1);
  const before = collector.counts.samples;
  await until(() => collector.counts.samples > before + 3);
  await collector.close();
  assert.equal(collector.threads.stuck, 0);
  const details = logged.flatMap(({ detail }) => detail ?? []);
  assert.match(
    details[0] ?? '',
    /(docker|machine): the collecting thread crashed: an uncaught error in the collecting thread/,
  );
  assert.equal(sink.counts.accepted, collector.counts.points);
});

test('a thread that stands still is ended and replaced, and the nodes of other threads go on', async (t) => {
  const [sick, node] = [await startSamplingNode(t, 1), await startSamplingNode(t, 1)];
  const nodes = [
    { ...parseNode(sick.address), timeoutMs: STAND_STILL_MS, intervalMs: 2_000 },
    parseNode(node.address),
    { ...parseNode(`http://${node.address}/same-thread`), timeoutMs: 100 },
  ];
  const { collector, logged } = startCollecting(t, [], { nodes, entry: SICK_THREAD, workers: 2 });
  await until(() => collector.threads.stuck >= 1);
  assert.ok(node.asked.length > 0, 'the other thread has asked meanwhile');
  assert.equal(collector.threads.crashed, 0);
  await until(() => logged.some(({ detail }) => detail?.includes('the collecting thread stood still and was ended')));
});

test('nodes are dealt out among the threads, and each keeps its own: one connection a node', async (t) => {
  const ports = new Map<string | undefined, Set<number | undefined>>();
  const address = await listenHttp(t, (request, response) => {
    const node = request.url?.split('/')[1];
    const seen = ports.get(node) ?? new Set();
    ports.set(node, seen.add(request.socket.remotePort));
    request.resume();
    response.end('{}');
  });
  const nodes = Array.from({ length: 7 }, (_, index) => `http://${address}/node-${index}`);
  const { collector } = startCollecting(t, nodes, { workers: 3 });
  await until(() => collector.counts.rounds >= 50);
  assert.equal(ports.size, 7);
  assert.deepEqual(
    [...ports.values()].map((seen) => seen.size),
    [1, 1, 1, 1, 1, 1, 1],
  );
  assert.equal(new Set([...ports.values()].flatMap((seen) => [...seen])).size, 7, 'no two share one');
});
