import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MetricsFacts } from '../../src/http/metricsFacts.ts';
import { createPhaseHistogram } from '../../src/http/phaseHistogram.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import type { TargetStatus } from '../../src/model/targetState.ts';
import { noFacts, startTestFront } from './pinger.ts';
import { type Exposed, readExposition } from './readExposition.ts';

const FULL: MetricsFacts = {
  credential: { generation: 3, faults: 1, notAfterMs: 1_800_000_000_000, badCrls: 2 },
  pings: new Map([
    ['ok', 7],
    ['refused', 2],
  ]),
  phases: createPhaseHistogram(),
  engine: { inFlight: 5, maxInFlight: 1000 },
  pool: { inFlight: [3, 2], crashed: 1, stuck: 0, leaked: 2, retried: 4 },
  schedule: { targets: 20, overruns: 6 },
  history: { stored: 100, dropped: 8, kept: 9 },
  sinks: [{ name: 'influxdb', counts: { accepted: 10, rejected: 11, dropped: 12, kept: 13 } }],
  collector: {
    nodes: 30,
    failingNodes: 14,
    overruns: 15,
    counts: { rounds: 100, failedRounds: 16, samples: 17, faulty: 18, bytes: 19 },
    threads: { crashed: 21, stuck: 22 },
  },
  influx: {
    isAway: true,
    alarm: 'answered 401: unauthorized',
    requests: 23,
    retries: 24,
    queueBytes: 25,
    spool: { found: 26, kept: 27, keptBytes: 28, dropped: 29, setAside: 31 },
  },
};

function pinged(timingsMs: ProbeResult['timingsMs']): ProbeResult {
  return { ...failedBeforeConnect('dips://a:9135/A/B', 'refused', ''), timingsMs };
}

function status(target: string, state: TargetStatus['state']): TargetStatus {
  return { target, state, sinceMs: null, reason: null, result: null, resultAtMs: null };
}

async function scrape(url: string): Promise<Exposed> {
  const answer = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return readExposition(await answer.text());
}

const notAsked = () => Promise.reject(new Error('not asked'));

test('/metrics shows the facts of the moment', async (t) => {
  let facts = noFacts();
  const { url } = await startTestFront(t, notAsked, {
    metrics: () => facts,
    watch: {
      statuses: () => [status('a', 'up'), status('b', 'down'), status('c', 'up'), status('d', null)],
      history: notAsked,
      subscribe: () => () => {},
    },
  });
  assert.deepEqual((await scrape(url)).of('dips_probe_pings_total'), []);
  facts = FULL;
  for (const round of [1, 2]) {
    const { of } = await scrape(url);
    assert.deepEqual(of('dips_probe_pings_total'), ['{reason="ok"} 7', '{reason="refused"} 2'], `scrape ${round}`);
    assert.deepEqual(of('dips_probe_credential_not_after_seconds'), [' 1800000000']);
    assert.deepEqual(of('dips_probe_lane_pings_in_flight'), ['{lane="0"} 3', '{lane="1"} 2']);
    assert.deepEqual(of('dips_probe_lane_restarts_total'), [
      '{fault="crashed"} 1',
      '{fault="stuck"} 0',
      '{fault="leaked"} 2',
    ]);
    assert.deepEqual(of('dips_probe_collect_rounds_total'), [
      '{outcome="ok"} 84',
      '{outcome="failed"} 16',
      '{outcome="skipped"} 15',
    ]);
    assert.deepEqual(of('dips_probe_collect_failing_nodes'), [' 14']);
    assert.deepEqual(of('dips_probe_influx_alarm'), [' 1']);
    assert.deepEqual(of('dips_probe_spool_points'), [' 27']);
    assert.deepEqual(of('dips_probe_targets'), [
      '{state="up"} 2',
      '{state="degraded"} 0',
      '{state="down"} 1',
      '{state="unknown"} 1',
    ]);
    assert.deepEqual(of('dips_probe_points_waiting'), ['{sink="influxdb"} 13']);
  }
  const { of, numberOf } = await scrape(url);
  assert.deepEqual(of('dips_probe_http_answers_total'), ['{route="/metrics",code="200"} 3']);
  assert.deepEqual(of('dips_probe_http_connections'), [' 1']);
  const rss = numberOf('process_resident_memory_bytes');
  assert.ok(rss > 30e6 && rss < 1e9, `RSS ${rss}`);
  assert.ok(numberOf('process_cpu_seconds_total') > 0);
  assert.ok(Math.abs(numberOf('process_start_time_seconds') - Date.now() / 1000) < 3600);
});

test('collections of the main thread are counted from the first scrape on', async (t) => {
  const { url } = await startTestFront(t, notAsked);
  await scrape(url);
  const sum = async () => {
    const lines = (await scrape(url)).of('dips_probe_gc_total');
    return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  let kept: unknown[] = [];
  for (let turn = 0; turn < 50 && (await sum()) === 0; turn++) {
    kept = Array.from({ length: 500_000 }, (_, at) => ({ at }));
  }
  assert.equal(kept.length, 500_000);
  assert.ok((await sum()) > 0, 'garbage was made');
});

test('phases are counted in their buckets, and only those that a ping reached', async (t) => {
  const phases = createPhaseHistogram();
  phases.observe(pinged({ dns: 0.5, connect: 1, tls: 30, rpc: 11_000, total: 11_031.5 }));
  phases.observe(pinged({ dns: 0.2, connect: null, tls: null, rpc: null, total: 0.4 }));
  phases.observe(failedBeforeConnect('dips://a:9135/A/B', 'overload', 'full'));
  const { url } = await startTestFront(t, notAsked, { metrics: () => ({ ...noFacts(), phases }) });
  const { of } = await scrape(url);
  const buckets = (phase: string) =>
    of('dips_probe_ping_phase_seconds_bucket')
      .filter((line) => line.includes(`phase="${phase}"`))
      .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  assert.deepEqual(buckets('dns'), [2, ...new Array(13).fill(2)]);
  assert.deepEqual(buckets('connect'), [1, ...new Array(13).fill(1)], 'a bound belongs to its bucket');
  assert.deepEqual(buckets('tls'), [0, 0, 0, 0, 0, ...new Array(9).fill(1)]);
  assert.deepEqual(buckets('rpc'), [...new Array(13).fill(0), 1], 'above the last bound');
  assert.deepEqual(of('dips_probe_ping_phase_seconds_count').slice(0, 2), ['{phase="dns"} 2', '{phase="connect"} 1']);
  assert.deepEqual(of('dips_probe_ping_phase_seconds_sum')[3], '{phase="rpc"} 11');
});

test('docs/metrics.md has each metric with its type, labels and meaning', async (t) => {
  const { url } = await startTestFront(t, notAsked, {
    metrics: () => FULL,
    watch: { statuses: () => [], history: notAsked, subscribe: () => () => {} },
  });
  await scrape(url);
  const { families } = await scrape(url);
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
  assert.deepEqual(
    documented.filter(([name = '']) => !name.startsWith('probe_') && !name.startsWith('dips_service_')),
    families.map(({ name, type, labels, help }) => [
      name,
      type,
      labels.length > 0 ? labels.map((label) => `\`${label}\``).join(', ') : '–',
      help,
    ]),
  );
});
