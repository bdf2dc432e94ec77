import type { TargetStatus } from '../model/targetState.ts';
import { byLabel, counter, type Family, gauge, type Sample } from './exposition.ts';
import type { HttpCounts } from './httpCounts.ts';
import type { CredentialFacts, MetricsFacts } from './metricsFacts.ts';
import { BUCKET_SECONDS, PHASES, type PhaseHistogram } from './phaseHistogram.ts';
import type { RuntimeFacts } from './runtime.ts';
import { collectFamilies, storeFamilies } from './storeMetrics.ts';

/** What `/metrics` is made of. */
export interface ScrapeFacts extends MetricsFacts {
  /** Null where nothing is watched. */
  statuses: readonly TargetStatus[] | null;
  http: HttpCounts & { connections: number; listeners: number };
  runtime: RuntimeFacts;
}

/** All metrics of the process. Names and helps are an interface: docs/metrics.md, which a test compares, and CHANGELOG.md. */
export function metricsFamilies(facts: ScrapeFacts): Family[] {
  return [
    ...pingFamilies(facts),
    ...(facts.credential ? credentialFamilies(facts.credential) : []),
    ...watchFamilies(facts),
    ...storeFamilies(facts),
    ...collectFamilies(facts),
    ...httpFamilies(facts.http),
    ...runtimeFamilies(facts.runtime),
  ];
}

function pingFamilies({ pings, phases, engine, pool }: MetricsFacts): Family[] {
  const lanes = pool.inFlight.map((value, lane) => ({ labels: { lane }, value }));
  const { crashed, stuck, leaked } = pool;
  return [
    counter('dips_probe_pings_total', 'Pings by outcome', byLabel('reason', Object.fromEntries(pings))),
    phaseFamily(phases),
    gauge('dips_probe_pings_in_flight', 'Pings under way', engine.inFlight),
    gauge('dips_probe_pings_in_flight_limit', 'Pings that may be under way; one more is overload', engine.maxInFlight),
    gauge('dips_probe_lane_pings_in_flight', 'Pings under way in each ping thread', lanes),
    counter('dips_probe_lane_restarts_total', 'Ping threads replaced', byLabel('fault', { crashed, stuck, leaked })),
    counter('dips_probe_pings_retried_total', 'Pings of a lost thread that were started again', pool.retried),
  ];
}

function phaseFamily(phases: PhaseHistogram): Family {
  const name = 'dips_probe_ping_phase_seconds';
  const samples: Sample[] = [];
  for (const phase of PHASES) {
    const { buckets, sumSeconds } = phases.read(phase);
    let count = 0;
    for (const [at, inBucket] of buckets.entries()) {
      count += inBucket;
      const le = BUCKET_SECONDS[at] ?? '+Inf';
      samples.push({ metricName: `${name}_bucket`, labels: { phase, le }, value: count });
    }
    samples.push({ metricName: `${name}_sum`, labels: { phase }, value: sumSeconds });
    samples.push({ metricName: `${name}_count`, labels: { phase }, value: count });
  }
  return { name, help: 'Duration of pings by phase', type: 'histogram', samples };
}

function credentialFamilies({ generation, faults, notAfterMs, badCrls }: CredentialFacts): Family[] {
  return [
    gauge('dips_probe_credential_generation', 'Credential in use, counted from 1', generation),
    counter(
      'dips_probe_credential_faults_total',
      'Times the files of the credential were found not fit; the old ones stayed in use',
      faults,
    ),
    gauge(
      'dips_probe_credential_not_after_seconds',
      'When the first certificate of our own chain ends, seconds since 1970',
      notAfterMs / 1000,
    ),
    gauge('dips_probe_bad_crls', 'CRLs past their next update or not signed by their CA', badCrls),
  ];
}

function watchFamilies({ schedule, statuses }: ScrapeFacts): Family[] {
  const families: Family[] = [];
  if (schedule) {
    families.push(
      gauge('dips_probe_scheduled_targets', 'Targets that are pinged by schedule', schedule.targets),
      counter('dips_probe_overruns_total', 'Scheduled pings skipped: the one before was under way', schedule.overruns),
    );
  }
  if (statuses) {
    const states = { up: 0, degraded: 0, down: 0, unknown: 0 };
    for (const { state } of statuses) states[state ?? 'unknown']++;
    families.push(gauge('dips_probe_targets', 'Watched targets by state', byLabel('state', states)));
  }
  return families;
}

function httpFamilies({ answers, refusedConnections, slowReaders, pipelined, ...now }: ScrapeFacts['http']): Family[] {
  const answered = [...answers].map(([key, value]) => {
    const [route = '', code = ''] = key.split(' ');
    return { labels: { route, code }, value };
  });
  return [
    counter('dips_probe_http_answers_total', 'HTTP answers by route and status code', answered),
    gauge('dips_probe_http_connections', 'Open HTTP connections', now.connections),
    gauge('dips_probe_http_event_listeners', 'Open event streams', now.listeners),
    counter(
      'dips_probe_http_connections_cut_total',
      'HTTP connections refused or cut: too many, not read, or too many requests at once',
      byLabel('cause', { limit: refusedConnections, slow_reader: slowReaders, pipelining: pipelined }),
    ),
  ];
}

function runtimeFamilies({ loopDelaySeconds, collections, openFds, ...facts }: RuntimeFacts): Family[] {
  const gc = Object.entries(collections);
  const families = [
    gauge(
      'dips_probe_event_loop_delay_seconds',
      "How late the main thread's timers were since the last scrape",
      byLabel('quantile', { 0.5: loopDelaySeconds.p50, 0.99: loopDelaySeconds.p99, max: loopDelaySeconds.max }),
    ),
    counter(
      'dips_probe_gc_total',
      'Garbage collections of the main thread, from the first scrape on',
      gc.map(([kind, { count }]) => ({ labels: { kind }, value: count })),
    ),
    counter(
      'dips_probe_gc_seconds_total',
      'Time in garbage collections of the main thread, from the first scrape on',
      gc.map(([kind, { seconds }]) => ({ labels: { kind }, value: seconds })),
    ),
    gauge('dips_probe_heap_used_bytes', 'JavaScript heap of the main thread in use', facts.heapUsedBytes),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes', facts.rssBytes),
    counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds', facts.cpuSeconds),
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds',
      facts.startTimeSeconds,
    ),
  ];
  if (openFds !== null) families.push(gauge('process_open_fds', 'Number of open file descriptors', openFds));
  return families;
}
