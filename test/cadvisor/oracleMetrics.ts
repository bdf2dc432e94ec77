/**
 * The `cadvisor` schema: measurements and tags as cAdvisor's own InfluxDB driver has them (google/cadvisor,
 * cmd/internal/storage/influxdb/influxdb.go of v0.49), one point per number with the field `value`.
 */
import type { ParseTask } from '../../src/model/parseTask.ts';
import type { Tags } from '../../src/model/tags.ts';
import type { FieldValue } from '../influx/formatPoint.ts';
import { asArray, asObject, asText, type Json, type JsonObject, labelsOf } from './oracleJson.ts';
import type { SchemaPoints } from './oracleLegacy.ts';
import type { Sample } from './oracleSamples.ts';

const MEMORY = ['usage', 'max_usage', 'cache', 'rss', 'swap', 'mapped_file', 'working_set', 'failcnt'];

/** Static tags, labels, and what tells points apart; the last wins. */
export function metricTags(name: string, container: JsonObject, { host, format }: ParseTask): Tags {
  const labels = Object.entries(labelsOf(container)).flatMap(([key, value]) =>
    asText(value) === null ? [] : [[key, value]],
  );
  const alias = asArray(container.aliases).find((each) => asText(each) !== null);
  return { ...format.tags, ...Object.fromEntries(labels), container_name: asText(alias) ?? name, machine: host };
}

export function metricPoints(tags: Tags, samples: readonly Sample[]): SchemaPoints {
  const out: SchemaPoints = { points: [], faulty: 0, inexact: false };
  for (const { stats, timeNs } of samples) {
    const add = (measurement: string, value: Json | undefined, own: Tags = {}) => {
      if (typeof value !== 'number' && typeof value !== 'bigint') return;
      if (typeof value === 'number' && !Number.isSafeInteger(value)) out.inexact = true;
      const fields: Record<string, FieldValue> = { value };
      out.points.push({ measurement, tags: { ...tags, ...own }, fields, timeNs });
    };
    const cpu = asObject(stats.cpu);
    const usage = asObject(cpu?.usage);
    for (const key of ['total', 'system', 'user']) add(`cpu_usage_${key}`, usage?.[key]);
    for (const [index, value] of asArray(usage?.per_cpu_usage).entries()) {
      add('cpu_usage_per_cpu', value, { instance: String(index) });
    }
    add('load_average', cpu?.load_average);
    const network = asObject(stats.network);
    for (const key of ['rx_bytes', 'rx_errors', 'tx_bytes', 'tx_errors']) add(key, network?.[key]);
    add('referenced_memory', stats.referenced_memory);
    const memory = asObject(stats.memory);
    for (const key of MEMORY) add(`memory_${key}`, memory?.[key]);
    for (const scope of ['container', 'hierarchical']) {
      const faults = asObject(memory?.[`${scope}_data`]);
      for (const failure_type of ['pgfault', 'pgmajfault']) {
        add('memory_failure', faults?.[failure_type], { failure_type, scope });
      }
    }
    for (const entry of asArray(stats.filesystem)) {
      const filesystem = asObject(entry);
      const device = asText(filesystem?.device);
      if (device) {
        add('fs_usage', filesystem?.usage, { device, type: 'usage' });
        add('fs_limit', filesystem?.capacity, { device, type: 'limit' });
      } else out.faulty++;
    }
  }
  return out;
}
