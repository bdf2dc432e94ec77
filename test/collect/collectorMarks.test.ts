import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { parseNode } from '../../src/cadvisor/node.ts';
import { collectOnce, startCollector } from '../../src/engine/collector.ts';
import { noCounts, type Sink } from '../../src/influx/sink.ts';
import type { CursorMark } from '../../src/model/lineBlock.ts';
import { readLine } from '../influx/referenceParser.ts';
import { startSamplingNode } from './samplingNode.ts';
import { listenHttp, until } from './servers.ts';

/** A sink that keeps lines and marks as a spool does: together. */
function startKeeping() {
  const kept = { totals: [] as number[], marks: new Map<string, CursorMark>(), writes: 0 };
  const sink: Sink = {
    counts: noCounts(),
    write: (lines, points, marks = []) => {
      const written = Buffer.from(lines).toString().trimEnd().split('\n').map(readLine);
      assert.equal(written.length, points);
      for (const { fields } of written) kept.totals.push(Number((fields.total as { integer: bigint }).integer));
      for (const mark of marks) kept.marks.set(`${mark.node} ${mark.source}`, mark);
      kept.writes++;
    },
    close: async () => {},
  };
  return { kept, sink };
}

function start(t: TestContext, address: string, sink: Sink, marks: readonly CursorMark[]) {
  const log = pino({ level: 'info' });
  const collector = startCollector({
    nodes: [parseNode(address)],
    intervalMs: 20,
    timeoutMs: 10_000,
    sinks: [sink],
    marks,
    log,
  });
  t.after(() => collector.close());
  return collector;
}

test('a process that starts with the marks of another goes on where that ended: no sample twice, none left out', async (t) => {
  const node = await startSamplingNode(t, 1);
  const { kept, sink } = startKeeping();
  let marks: CursorMark[] = [];
  for (let life = 0; life < 3; life++) {
    const collector = start(t, node.address, sink, marks);
    const { writes } = kept;
    await until(() => kept.writes >= writes + 5);
    await collector.close();
    marks = [...kept.marks.values()];
    // While nobody collects, a minute goes by.
    node.taken.docker += 60;
    node.taken.machine += 60;
  }
  assert.deepEqual([...kept.marks.keys()].sort(), [`${node.address} docker`, `${node.address} machine`]);
  for (const source of ['docker', 'machine'] as const) {
    const newest = [...(kept.marks.get(`${node.address} ${source}`)?.cursor.values() ?? [])];
    assert.equal(newest.length, 1);
  }
  const sorted = kept.totals.toSorted((a, b) => a - b);
  const last = sorted.at(-1) as number;
  const twice = sorted.filter((total) => sorted.indexOf(total) !== sorted.lastIndexOf(total));
  assert.ok(
    sorted.every((total, at) => at < 2 || (sorted[at - 2] as number) < total),
    'once of each source at most',
  );
  const machineTotals = new Set(twice);
  for (let total = 2; total < last - 2; total++) assert.ok(sorted.includes(total), `sample ${total} is missing`);
  assert.ok(machineTotals.size > 100, 'both sources have nearly all of them');
});

test('marks of other nodes, and of nodes that are no longer there, change nothing', async (t) => {
  const node = await startSamplingNode(t, 1);
  const { kept, sink } = startKeeping();
  const cursor = new Map([['/', 4_000_000_000_000_000_000n]]);
  const collector = start(t, node.address, sink, [{ node: 'gone:8080', source: 'machine', cursor }]);
  await until(() => kept.writes >= 2);
  assert.deepEqual(node.asked.slice(0, 2), [1, 1]);
  await collector.close();
});

test('a clock that was set back far: the round after an empty one asks without a start', async (t) => {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const starts: boolean[] = [];
  const sample = { timestamp: new Date().toISOString(), cpu: { usage: { total: 7 } } };
  const address = await listenHttp(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { start: from } = JSON.parse(body) as { start?: string };
    const isMachine = request.url === '/api/v1.3/containers/';
    if (isMachine) starts.push(from !== undefined);
    const stats = from === undefined || sample.timestamp >= from ? [sample] : [];
    response.end(JSON.stringify(isMachine ? { name: '/', stats } : {}));
  });
  const { kept, sink } = startKeeping();
  const inAnHour = new Map([['/', nowNs + 3_600_000_000_000n]]);
  const collector = start(t, address, sink, [{ node: address, source: 'machine', cursor: inAnHour }]);
  await until(() => kept.totals.length === 1);
  await collector.close();
  assert.deepEqual(starts.slice(0, 2), [true, false]);
  assert.deepEqual(kept.totals, [7]);
});

test('an answer larger than a batch comes in pieces that are none, and its mark with the last', async (t) => {
  const sample = { timestamp: new Date().toISOString(), cpu: { usage: { total: 7 } } };
  const spec = { labels: { dirac_component: 'A/B' } };
  const containers = Array.from({ length: 12_000 }, (_, at) => [
    `/docker/${at}`,
    { aliases: [`mesos-${at}`], spec, stats: [sample] },
  ]);
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    response.end(JSON.stringify(request.url === '/api/v1.3/docker' ? Object.fromEntries(containers) : { name: '/' }));
  });
  const { kept, sink } = startKeeping();
  const written: { points: number; marks: number }[] = [];
  const counting: Sink = {
    ...sink,
    write: (lines, points, marks = []) => {
      written.push({ points, marks: marks.length });
      sink.write(lines, points, marks);
    },
  };
  await collectOnce({ nodes: [parseNode(address)], timeoutMs: 10_000, sinks: [counting] });
  assert.deepEqual(written, [
    { points: 5000, marks: 0 },
    { points: 5000, marks: 0 },
    { points: 2000, marks: 1 },
  ]);
  assert.equal(kept.totals.length, 12_000);
  assert.equal(kept.marks.get(`${address} docker`)?.cursor.size, 12_000);
});
