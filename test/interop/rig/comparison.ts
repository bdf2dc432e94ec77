import assert from 'node:assert/strict';
import type { Cadvisor } from './cadvisor.ts';
import { containerTags, expectedRows } from './expectedRows.ts';
import type { Influxdb, Row } from './influxdb.ts';
import type { Series } from './victoriaMetrics.ts';

/* What stores hold after `collect`, against what cAdvisor says of the same samples. */

/** The host as `collect -t` is told it, and so the tag of every point. */
export const HOST = '127.0.0.1';

/** Of the containers that count: the others must leave no trace. */
export const COMPONENTS = ['DataManagement/FileCatalog', 'WorkloadManagement/JobManager'];

const TAGS = new Set(['host', 'docker_id', 'dirac_component', 'name', 'device']);

/**
 * All rows in the store = the expected rows of those samples whose time is in it; every series has at least `minSamples`
 * samples, and none is missing between its first and last.
 */
export async function assertRowsAreThoseOf(cadvisor: Cadvisor, influxdb: Influxdb, minSamples: number): Promise<void> {
  const stored = await influxdb.query('SELECT * FROM /.*/');
  assert.equal(await influxdb.pointsReceived(), stored.length, 'no point was sent twice');
  const expected = (await allExpectedRows(cadvisor)).filter(isWithin(spans(stored)));
  assert.deepEqual(stored.map(rowKey).toSorted(), expected.map(rowKey).toSorted());
  const perSource = samplesPerSource(stored);
  assert.deepEqual([...perSource.keys()].toSorted(), ['', ...COMPONENTS]);
  for (const [source, count] of perSource) {
    assert.ok(count >= minSamples, `${source || 'the machine'} has ${count} samples`);
  }
}

/** The samples stored of the source that has fewest: 0 as long as one has none. */
export async function samplesOfSlowestSource(influxdb: Influxdb): Promise<number> {
  const perSource = samplesPerSource(await influxdb.query('SELECT * FROM cpu'));
  return Math.min(...['', ...COMPONENTS].map((source) => perSource.get(source) ?? 0));
}

/** The same for VictoriaMetrics, which keeps ms, has a label `db`, and turns text into 0. One sample of each source is expected. */
export async function assertSeriesAreThoseOf(cadvisor: Cadvisor, series: Series[]): Promise<void> {
  const stored = series.flatMap(({ metric: { __name__: name, db: _, ...labels }, values, timestamps }) =>
    values.map((value, at): [string, number] => [pointKey(name, labels, `${timestamps[at]}`), value]),
  );
  const times = new Set(series.map(({ metric, timestamps }) => `${metric.dirac_component ?? ''} ${timestamps[0]}`));
  assert.equal(times.size, 1 + COMPONENTS.length, 'one time of each container that counts, and of the machine');
  const isStored = (row: Row) => times.has(`${sourceOf(row)} ${toMs(row.values.time)}`);
  const expected = (await allExpectedRows(cadvisor)).filter(isStored).flatMap(toPoints);
  const asPairs = expected.map(({ name, labels, timeMs, value }) => [pointKey(name, labels, timeMs), value]);
  assert.deepEqual(stored.toSorted(), asPairs.toSorted());
}

/** A row's fields as the samples that VictoriaMetrics makes of them. */
export function toPoints({ measurement, values }: Row): VictoriaPoint[] {
  const { time, ...rest } = values;
  const labels = Object.fromEntries(Object.entries(rest).filter(([name]) => TAGS.has(name)));
  return Object.entries(rest)
    .filter(([name]) => !TAGS.has(name))
    .map(([field, value]) => ({ name: `${measurement}_${field}`, labels, timeMs: toMs(time), value: asSample(value) }));
}

interface VictoriaPoint {
  name: string;
  labels: Record<string, string>;
  timeMs: string;
  value: number;
}

export function pointKey(name: string, labels: Record<string, string | undefined>, timeMs: string): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(), timeMs]);
}

/** Whole ms of a time in ns. */
function toMs(timeNs = ''): string {
  return timeNs.slice(0, -6);
}

function asSample(value: string): number {
  if (value === 'true') return 1;
  return Number.isNaN(Number(value)) ? 0 : Number(value);
}

async function allExpectedRows(cadvisor: Cadvisor): Promise<Row[]> {
  const { docker, machine } = await cadvisor.read();
  const containers = docker.flatMap((entry) => {
    const tags = containerTags(entry, HOST);
    return tags ? (entry.stats ?? []).flatMap((sample) => expectedRows(sample, tags, false)) : [];
  });
  return [...containers, ...(machine.stats ?? []).flatMap((sample) => expectedRows(sample, { host: HOST }, true))];
}

/** `dirac_component`, '' for the machine. */
function sourceOf({ values }: Row): string {
  return values.dirac_component ?? '';
}

/** How many samples each source has, told by its `cpu` rows: one per sample. */
function samplesPerSource(rows: Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (row.measurement === 'cpu') counts.set(sourceOf(row), (counts.get(sourceOf(row)) ?? 0) + 1);
  }
  return counts;
}

/** First and last stored time, in ns, of each source. */
function spans(rows: Row[]): Map<string, { first: bigint; last: bigint }> {
  const found = new Map<string, { first: bigint; last: bigint }>();
  for (const row of rows) {
    const time = BigInt(row.values.time as string);
    const { first, last } = found.get(sourceOf(row)) ?? { first: time, last: time };
    found.set(sourceOf(row), { first: time < first ? time : first, last: time > last ? time : last });
  }
  return found;
}

function isWithin(known: ReturnType<typeof spans>): (row: Row) => boolean {
  return (row) => {
    const span = known.get(sourceOf(row));
    const time = BigInt(row.values.time as string);
    return span !== undefined && span.first <= time && time <= span.last;
  };
}

function rowKey({ measurement, values }: Row): string {
  return JSON.stringify([measurement, Object.entries(values).toSorted()]);
}
