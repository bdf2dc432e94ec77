/**
 * Agreement with the original script, on what it really collected from recorded answers (see fixtures/cadvisor/README.md).
 * Repaired faults that the comparison allows for: it takes the oldest sample of a container (so ours is given only that one),
 * and it has no choice of samples for the machine.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseTimeNs } from '../../src/cadvisor/time.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { type ReadField, type ReadPoint, readLines } from '../influx/referenceParser.ts';
import { parseToLines } from './parseToLines.ts';

interface OriginalPoint {
  measurement: string;
  time: string;
  tags?: Record<string, string>;
  fields: Record<string, number | string | boolean>;
}
interface OriginalEntry {
  tags: Record<string, string>;
  points: OriginalPoint[];
}

function readFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/cadvisor/${name}`, import.meta.url), 'utf8');
}

function ours(source: 'docker' | 'machine', answer: unknown): ReadPoint[] {
  const body = new Uint8Array(Buffer.from(JSON.stringify(answer)));
  return readLines(parseToLines({ source, host: 'node-1', cursor: null, format: ORIGINAL_FORMAT, body }).text);
}

for (const name of ['docker', 'docker-num_stats2']) {
  test(`same points as the original: ${name}`, () => {
    const answer: Record<string, { stats: unknown[] }> = JSON.parse(readFixture(`cgroup-v1-${name}.json`));
    for (const container of Object.values(answer)) container.stats = container.stats.slice(0, 1);
    const machine = JSON.parse(readFixture('cgroup-v1-machine.json'));
    const original: OriginalEntry[] = JSON.parse(readFixture(`original-points-${name}.json`));

    const expected = original.flatMap(({ tags, points }) => points.map((point) => asRead(tags, point)));
    assert.ok(expected.length > 30, 'the oracle holds points');
    assert.deepEqual(byKey([...ours('docker', answer), ...ours('machine', machine)]), byKey(expected));
  });
}

function asRead(tags: Record<string, string>, point: OriginalPoint): ReadPoint {
  const fields = Object.fromEntries(Object.entries(point.fields).map(([key, value]) => [key, asField(value)]));
  const timeNs = parseTimeNs(point.time) ?? 0n;
  return { measurement: point.measurement, tags: { ...tags, ...point.tags }, fields, timeNs };
}

/** As influxdb-python writes Python's int, bool and str. */
function asField(value: number | string | boolean): ReadField {
  if (typeof value === 'number') return { integer: BigInt(value) };
  return typeof value === 'string' ? { string: value } : { boolean: value };
}

function byKey(points: ReadPoint[]): Map<string, ReadPoint> {
  const keyed = new Map(
    points.map((point) => [JSON.stringify([point.measurement, Object.entries(point.tags).sort()]), point]),
  );
  assert.equal(keyed.size, points.length, 'no two points of one series');
  return keyed;
}
