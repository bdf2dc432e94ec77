import { byLabel, counter, type Family, gauge } from './exposition.ts';
import type { InfluxFacts, MetricsFacts } from './metricsFacts.ts';

/** What became of results and points. */
export function storeFamilies({ history, sinks, influx }: MetricsFacts): Family[] {
  const families: Family[] = [];
  if (history) {
    const { stored, dropped, kept } = history;
    families.push(
      counter('dips_probe_history_entries_total', 'Entries of the history', byLabel('outcome', { stored, dropped })),
      gauge('dips_probe_history_waiting', 'Entries that wait to be stored', kept),
    );
  }
  if (sinks.length > 0) {
    const outcomes = sinks.flatMap(({ name, counts: { accepted, rejected, dropped } }) =>
      byLabel('outcome', { accepted, rejected, dropped }).map((sample) => ({
        ...sample,
        labels: { sink: name, ...sample.labels },
      })),
    );
    const waiting = sinks.map(({ name, counts }) => ({ labels: { sink: name }, value: counts.kept }));
    families.push(
      counter('dips_probe_points_total', 'Points by what became of them', outcomes),
      gauge('dips_probe_points_waiting', 'Points that wait to be written', waiting),
    );
  }
  return influx ? [...families, ...influxFamilies(influx)] : families;
}

function influxFamilies({ isAway, alarm, requests, retries, queueBytes, spool }: InfluxFacts): Family[] {
  const families = [
    gauge('dips_probe_influx_away', '1 while InfluxDB takes no points', Number(isAway)),
    gauge('dips_probe_influx_alarm', '1 while somebody has to act for points to be written', Number(alarm !== null)),
    counter('dips_probe_influx_requests_total', 'Writes to InfluxDB that were begun', requests),
    counter('dips_probe_influx_retries_total', 'Writes whose lines are written again', retries),
    gauge('dips_probe_influx_queue_bytes', 'Lines in memory', queueBytes),
  ];
  if (spool) {
    families.push(
      gauge('dips_probe_spool_points', 'Points in the spool', spool.kept),
      gauge('dips_probe_spool_bytes', 'Lines in the spool', spool.keptBytes),
      gauge('dips_probe_spool_found_points', 'Points that an earlier process left in the spool', spool.found),
      counter('dips_probe_spool_dropped_points_total', 'Points that the spool had no room for', spool.dropped),
      counter('dips_probe_spool_files_set_aside_total', 'Damaged files of the spool', spool.setAside),
    );
  }
  return families;
}

/** How collecting from cAdvisor goes. */
export function collectFamilies({ collector }: MetricsFacts): Family[] {
  if (!collector) return [];
  const { nodes, failingNodes, overruns, counts, threads } = collector;
  const { rounds, failedRounds, samples, faulty, bytes } = counts;
  const outcomes = { ok: rounds - failedRounds, failed: failedRounds, skipped: overruns };
  const { crashed, stuck } = threads;
  return [
    gauge('dips_probe_collect_nodes', 'Nodes whose cAdvisor is read', nodes),
    gauge('dips_probe_collect_failing_nodes', 'Nodes whose last round failed', failingNodes),
    counter('dips_probe_collect_rounds_total', 'Rounds of nodes by outcome', byLabel('outcome', outcomes)),
    counter('dips_probe_collect_samples_total', 'Samples that were new', samples),
    counter('dips_probe_collect_faulty_total', 'Parts of answers that cannot be written', faulty),
    counter('dips_probe_collect_bytes_total', 'Bytes of answers, decompressed', bytes),
    counter(
      'dips_probe_collect_thread_restarts_total',
      'Collecting threads replaced',
      byLabel('fault', { crashed, stuck }),
    ),
  ];
}
