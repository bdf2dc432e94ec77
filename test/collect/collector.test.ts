import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNode } from '../../src/cadvisor/node.ts';
import { collectOnce } from '../../src/engine/collector.ts';
import { startCollecting, startParts, startSilentNode, totalsOf } from './collecting.ts';
import { startSamplingNode } from './samplingNode.ts';
import { deadAddress, listenHttp, until } from './servers.ts';

test('each sample is sent once, in order and without a gap; before the start only the newest', async (t) => {
  const node = await startSamplingNode(t, 2);
  const { collector, sink } = startCollecting(t, [node.address]);
  await until(() => collector.counts.rounds >= 8);
  await collector.close();
  for (const isMachine of [false, true]) {
    const totals = totalsOf(sink, isMachine);
    assert.ok(totals.length >= 15, `${totals.length} samples`);
    assert.deepEqual(
      totals,
      Array.from({ length: totals.length }, (_, index) => index + 2),
    );
  }
  assert.deepEqual(node.asked.slice(0, 2), [1, 1], 'the first round asks for the newest alone');
  assert.ok(node.asked.slice(2).every((numStats) => numStats >= 3 && numStats <= 120));
  assert.ok(
    // As many as a slow machine's rounds are seconds apart, but never the whole of the two minutes that are kept.
    node.given.slice(2).every((samples) => samples <= 10),
    `asked for what is new, got ${node.given}`,
  );
  assert.equal(sink.counts.accepted, collector.counts.points);
  assert.equal(collector.counts.samples, collector.counts.points);
  assert.equal(collector.counts.failedRounds, 0);
});

test('a container that is missing from one answer is not sent again when it comes back', async (t) => {
  let requests = 0;
  const stats = [{ timestamp: '2026-11-24T06:36:20Z', cpu: { usage: { total: 1 } } }];
  const answer = {
    '/docker/a': { id: 'a', aliases: ['mesos-1'], spec: { labels: { dirac_component: 'A/B' } }, stats },
  };
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (request.url !== '/api/v1.3/docker') return void response.end('{}');
    requests++;
    response.end(JSON.stringify(requests % 2 === 1 ? answer : {}));
  });
  const { collector, sink } = startCollecting(t, [address]);
  await until(() => collector.counts.rounds >= 5);
  await collector.close();
  assert.deepEqual(totalsOf(sink, false), [1]);
});

test('silent nodes do not delay another: it goes round while they are still in their first', async (t) => {
  const silent = await Promise.all(Array.from({ length: 5 }, () => startSilentNode(t)));
  const node = await startSamplingNode(t, 1);
  const { collector } = startCollecting(t, [...silent.map(({ address }) => address), node.address]);
  await until(() => collector.counts.rounds >= 5);
  assert.equal(collector.counts.failedRounds, 0);
  assert.deepEqual(
    silent.map(({ open }) => open),
    [1, 1, 1, 1, 1],
  );
});

test('many hanging nodes do not delay a sound one', async (t) => {
  let hanging = 0;
  const failing = await Promise.all(
    Array.from({ length: 64 }, () => {
      let requests = 0;
      return listenHttp(t, (request, response) => {
        request.resume();
        requests++;
        if (requests <= 2) return void response.writeHead(500).end('not yet');
        hanging++;
      });
    }),
  );
  let sound = 0;
  const address = await listenHttp(t, (request, response) => {
    sound++;
    request.resume();
    response.end('{}');
  });
  startCollecting(t, [...failing, address]);
  await until(() => hanging === failing.length);
  const before = sound;
  await until(() => sound > before + 5);
});

test('a source that uses up the whole deadline does not starve the other', async (t) => {
  let machine = 0;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (request.url === '/api/v1.3/docker') return; // never answered
    machine++;
    response.end('{"name": "/"}');
  });
  startCollecting(t, [address], { timeoutMs: 500 });
  await until(() => machine >= 2);
});

test('rounds that would overlap are skipped and counted', async (t) => {
  let answer: (() => void) | undefined;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (answer) return void response.end('{}');
    answer = () => response.end('{}');
  });
  const { collector } = startCollecting(t, [address]);
  await until(() => answer !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(collector.counts.rounds, 0);
  answer?.();
  await until(() => collector.overruns > 0 && collector.counts.rounds > 0);
});

test('a failure is told once, its end too, and nothing of it is lost or sent twice', async (t) => {
  let requests = 0;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    requests++;
    if (requests > 6) return void response.end('{}');
    response.writeHead(500).end('unable to find root container\n');
  });
  const { collector, logged } = startCollecting(t, [address]);
  await until(() => logged.length >= 2);
  await collector.close();
  const failure = 'answered 500: unable to find root container';
  assert.deepEqual(
    logged.map(({ msg, node, detail }) => ({ msg, node, detail })),
    [
      {
        msg: 'collecting failed',
        node: address,
        detail: `${address} docker: ${failure}; ${address} machine: ${failure}`,
      },
      { msg: 'collecting again', node: address, detail: undefined },
    ],
  );
  assert.equal(collector.counts.failedRounds, 3);
});

test('a malformed answer costs neither the node’s other answer nor the next round', async (t) => {
  let machineRounds = 0;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (request.url === '/api/v1.3/docker') return void response.end('{"/docker/a": ');
    machineRounds++;
    const timestamp = new Date(1e12 + machineRounds).toISOString();
    response.end(JSON.stringify({ stats: [{ timestamp, cpu: { usage: { total: machineRounds } } }] }));
  });
  const { collector, sink, logged } = startCollecting(t, [address]);
  await until(() => collector.counts.samples >= 3);
  await collector.close();
  assert.deepEqual(totalsOf(sink, true).slice(0, 3), [1, 2, 3]);
  assert.match(logged[0]?.detail ?? '', /docker: the answer \(14 bytes\) is not whole JSON/);
});

test('one connection a node serves all rounds', async (t) => {
  const ports = new Set<number | undefined>();
  const address = await listenHttp(t, (request, response) => {
    ports.add(request.socket.remotePort);
    request.resume();
    response.end('{}');
  });
  const { collector } = startCollecting(t, [address]);
  await until(() => collector.counts.rounds >= 5);
  assert.equal(ports.size, 1);
});

test('closing ends the rounds under way and their connections', async (t) => {
  const node = await startSilentNode(t);
  const { collector, logged } = startCollecting(t, [node.address]);
  await until(() => node.open > 0);
  await collector.close();
  await until(() => node.open === 0);
  assert.deepEqual(logged, []);
  assert.equal(collector.counts.failedRounds, 0);
});

test('once: the newest sample of each, and the failures by node', async (t) => {
  const { sink } = startParts(t);
  const [node, silent, dead] = [await startSamplingNode(t, 7), await startSilentNode(t), await deadAddress()];
  const nodes = [node.address, silent.address, dead].map(parseNode);
  const [fine, hung, refused] = await collectOnce({ nodes, timeoutMs: 8000, sinks: [sink] });
  const { bytes = 0, ...sums } = fine ?? {};
  assert.deepEqual(sums, { samples: 2, points: 2, faulty: 0, failures: [] });
  assert.ok(bytes > 200, `${bytes} bytes`);
  assert.deepEqual([totalsOf(sink, false), totalsOf(sink, true)], [[7], [7]]);
  assert.deepEqual(
    hung?.failures,
    ['docker', 'machine'].map((source) => `${silent.address} ${source}: no whole answer within 8000 ms`),
  );
  assert.deepEqual(
    refused?.failures,
    ['docker', 'machine'].map((source) => `${dead} ${source}: connect ECONNREFUSED ${dead}`),
  );
  await until(() => silent.open === 0);
});
