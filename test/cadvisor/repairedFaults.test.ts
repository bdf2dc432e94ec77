/**
 * The faults of the original script that are repaired: each is named in docs/migration.md, shown by what the original collected where that
 * was recorded (fixtures/cadvisor/README.md), and is not ours.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import type { CadvisorSource } from '../../src/model/parseTask.ts';
import { type ReadPoint, readLines } from '../influx/referenceParser.ts';
import { parseToLines } from './parseToLines.ts';

type Answer = Record<string, unknown>;
type Original = { tags: { docker_id?: string }; points: { time: string }[] }[];

/** What was wrong, in the words of the first column of docs/migration.md, and the proof that ours is right. */
const REPAIRED: Record<string, () => void> = {
  "sent a container's oldest sample": () => {
    const answer: Record<string, { id: string; stats: { timestamp: string }[] }> = readFixture('cgroup-v1-docker');
    const original: Original = readFixture('original-points-docker');
    for (const { tags, points } of original.filter(({ tags: { docker_id: id } }) => id !== undefined)) {
      const stats = Object.values(answer).find(({ id }) => id === tags.docker_id)?.stats ?? [];
      const [oldest, newest] = [stats.at(0)?.timestamp ?? '', stats.at(-1)?.timestamp ?? ''];
      assert.notEqual(oldest, newest);
      assert.deepEqual([...new Set(points.map(({ time }) => time))], [oldest]);
      const ours = pointsOf('docker', answer).filter((point) => point.tags.docker_id === tags.docker_id);
      assert.deepEqual([...new Set(ours.map(({ timeNs }) => timeNs))], [toNs(newest)]);
    }
  },
  'and all 60 of the machine, at each run': () => {
    const machine: { stats: Answer[] } = readFixture('cgroup-v1-machine');
    const later = { ...machine.stats[0], timestamp: '2026-11-24T06:36:31.5Z' };
    const first = pointsOf('machine', { ...machine, stats: [...machine.stats, later] });
    assert.deepEqual([...new Set(first.map(({ timeNs }) => timeNs))], [toNs(later.timestamp)], 'the newest only');
    const again = pointsOf('machine', machine, new Map([['/', toNs(later.timestamp)]]));
    assert.deepEqual(again, [], 'and not once more');
  },
  'died where a key was missing': () => {
    const answer: Record<string, { aliases?: string[]; stats: Sample[] }> = readFixture('cgroup-v1-docker');
    const [first, second] = Object.values(answer).filter(({ aliases }) => aliases?.[0]?.includes('mesos'));
    assert.ok(first && second);
    for (const sample of first.stats) {
      delete sample.cpu?.usage?.per_cpu_usage;
      delete sample.network?.interfaces;
      delete sample.task_stats;
    }
    for (const sample of second.stats) delete sample.network;
    assert.deepEqual(measurementsOf(pointsOf('docker', answer)), ['cpu', 'memory', 'network', 'tasks']);
    delete second.aliases;
    assert.doesNotThrow(() => pointsOf('docker', answer));
  },
  'field types followed the JSON text': () => {
    for (const load of ['0', '2', '0.5', '5e-1']) {
      const body = `{"name":"/","stats":[{"timestamp":"2026-11-24T06:36:31Z","cpu":{"load_average":${load}}}]}`;
      const [point] = readLines(parse('machine', Buffer.from(body)));
      assert.deepEqual(Object.keys(point?.fields.load_average ?? {}), ['integer'], load);
    }
  },
};

interface Sample {
  cpu?: { usage?: { per_cpu_usage?: number[] } };
  network?: { interfaces?: unknown[] };
  task_stats?: unknown;
}

const rows = readText('../../docs/migration.md').split('\n');
const was = rows.filter((row) => row.startsWith('| ')).map((row) => row.split(' | ')[0] ?? '');

for (const [fault, prove] of Object.entries(REPAIRED)) {
  test(`repaired, and named in docs/migration.md: ${fault}`, () => {
    assert.ok(
      was.some((cell) => cell.includes(fault)),
      'no row of docs/migration.md begins with it',
    );
    prove();
  });
}

function pointsOf(source: CadvisorSource, answer: unknown, cursor: Map<string, bigint> | null = null): ReadPoint[] {
  return readLines(parse(source, Buffer.from(JSON.stringify(answer)), cursor));
}

function parse(source: CadvisorSource, body: Buffer, cursor: Map<string, bigint> | null = null): string {
  return parseToLines({ source, host: 'node-1', cursor, format: ORIGINAL_FORMAT, body: new Uint8Array(body) }).text;
}

function measurementsOf(points: ReadPoint[]): string[] {
  return [...new Set(points.map(({ measurement }) => measurement))].toSorted();
}

/** `…T06:36:13.429558309Z` in ns since 1970. */
function toNs(timestamp: string): bigint {
  const [seconds = '', fraction = ''] = timestamp.replace('Z', '').split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function readFixture<T>(name: string): T {
  return JSON.parse(readText(`../fixtures/cadvisor/${name}.json`)) as T;
}

function readText(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
