/**
 * The `legacy` schema: measurements, tags and fields exactly as the script `simpleParseCAdvisor.py` named them, for dashboards rely on them.
 * Every number of these groups is uint64 or int32 in all cAdvisor releases, so every number becomes an integer field:
 * a field's type never follows from the text of one answer.
 */

import type { ParseTask } from '../../src/model/parseTask.ts';
import type { Tags } from '../../src/model/tags.ts';
import type { Fields, FieldValue, Point } from '../influx/formatPoint.ts';
import { asArray, asObject, asText, type Json, type JsonObject, labelsOf } from './oracleJson.ts';
import type { Sample } from './oracleSamples.ts';

export interface SchemaPoints {
  points: Point[];
  /** Interfaces and devices left out for want of a name: as points they would overwrite each other. */
  faulty: number;
  /** Some field is a number that JSON.parse may have rounded: an integer beyond 2^53. */
  inexact: boolean;
}

/** Tags of a container that counts, null for any other. `name`: absolute cgroup name. */
export function legacyTags(name: string, container: JsonObject, { host, format }: ParseTask): Tags | null {
  const { alias, label, tags } = format;
  const labels = labelsOf(container);
  if (alias !== null && !asArray(container.aliases).some((each) => asText(each)?.includes(alias))) return null;
  if (label !== null && !Object.hasOwn(labels, label)) return null;
  const tag = label ?? 'dirac_component';
  const component = Object.hasOwn(labels, tag) ? labels[tag] : undefined;
  // Before v0.21 the id had no key of its own; it was part of the cgroup's name, as it still is.
  const dockerId = asText(container.id) ?? /[0-9a-f]{64}/.exec(name)?.[0] ?? null;
  return { ...tags, [tag]: asText(component), docker_id: dockerId, host };
}

/** The points of one container's (or the machine's) samples. What a sample lacks is left out; only the machine has filesystems. */
export function legacyPoints(tags: Tags, samples: readonly Sample[], isMachine: boolean): SchemaPoints {
  const out: Writing = { points: [], faulty: 0, inexact: false, tags, series: new Map() };
  for (const { stats, timeNs } of samples) {
    const network = asObject(stats.network);
    addPoint(out, timeNs, 'cpu', cpuFields(out, asObject(stats.cpu)));
    addPoint(out, timeNs, 'memory', scalars(out, asObject(stats.memory)));
    addNamed(out, timeNs, 'network', 'name', asArray(network?.interfaces));
    addPoint(out, timeNs, 'network', scalars(out, network, 'name'));
    addPoint(out, timeNs, 'tasks', scalars(out, asObject(stats.task_stats)));
    if (isMachine) addNamed(out, timeNs, 'filesystem', 'device', asArray(stats.filesystem).filter(isNotDockers));
  }
  return out;
}

interface Writing extends SchemaPoints {
  tags: Tags;
  /** Tags of the points of one interface or device, by its name: one object per series. */
  series: Map<string, Tags>;
}

function addPoint(out: Writing, timeNs: bigint, measurement: string, fields: Fields, tags = out.tags): void {
  if (Object.keys(fields).length > 0) out.points.push({ measurement, tags, fields, timeNs });
}

/** One point per entry, told apart by the tag `key` = the entry's own name. */
function addNamed(out: Writing, timeNs: bigint, measurement: string, key: string, entries: readonly Json[]): void {
  for (const entry of entries) {
    const group = asObject(entry);
    const name = asText(group?.[key]);
    if (!name) {
      out.faulty++;
      continue;
    }
    const id = `${key}=${name}`;
    const tags = out.series.get(id) ?? { ...out.tags, [key]: name };
    out.series.set(id, tags);
    addPoint(out, timeNs, measurement, scalars(out, group, key), tags);
  }
}

function isNotDockers(entry: Json): boolean {
  return !asText(asObject(entry)?.device)?.includes('docker');
}

function cpuFields(out: Writing, cpu: JsonObject | null): Fields {
  const usage = asObject(cpu?.usage);
  const numbers: Record<string, Json | undefined> = { load_average: cpu?.load_average };
  for (const [index, value] of asArray(usage?.per_cpu_usage).entries()) numbers[`per_cpu_usage_${index}`] = value;
  for (const key of ['system', 'total', 'user']) numbers[key] = usage?.[key];
  return scalars(out, numbers);
}

/** The scalars of a group as fields, but for `except`; nested objects, arrays and nulls are not fields. */
function scalars(out: Writing, group: JsonObject | null, except?: string): Fields {
  const fields: Record<string, FieldValue> = {};
  for (const key in group) {
    const value = group[key];
    if (key === except || value === undefined || value === null || typeof value === 'object') continue;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) out.inexact = true;
    fields[key] = value;
  }
  return fields;
}
