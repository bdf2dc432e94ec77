import { readdirSync, readFileSync } from 'node:fs';
import type { CadvisorSource, Cursor } from '../../src/model/parseTask.ts';

/** An answer as it was recorded or written for a golden case. */
export interface RecordedBody {
  name: string;
  source: CadvisorSource;
  body: Uint8Array<ArrayBuffer>;
}

const FIXTURES = new URL('../fixtures/cadvisor/', import.meta.url);
const CASES = new URL('../cases/', import.meta.url);

/** All of test/fixtures/cadvisor and test/cases. */
export function recordedBodies(): RecordedBody[] {
  const fixtures = readdirSync(FIXTURES).filter((name) => name.startsWith('cgroup-'));
  return [
    ...fixtures.map((name) => read(name, new URL(name, FIXTURES))),
    ...readdirSync(CASES).map((name) => read(name, new URL(`${name}/body.json`, CASES))),
  ];
}

function read(name: string, file: URL): RecordedBody {
  const body = new Uint8Array(readFileSync(file));
  return { name, source: name.includes('machine') ? 'machine' : 'docker', body };
}

/** A cursor in the middle of an answer's samples: of every second container (or the machine), the middle one. */
export function middleCursor(body: Uint8Array): Cursor {
  const answer = JSON.parse(Buffer.from(body).toString());
  const containers: [string, { stats?: { timestamp?: string }[] } | null][] = answer.stats
    ? [['/', answer]]
    : Object.entries(answer);
  const cursor = new Map<string, bigint>();
  for (const [name, container] of containers.filter((_, at) => at % 2 === 0)) {
    const stats = container?.stats ?? [];
    const ms = Date.parse(stats[stats.length >> 1]?.timestamp ?? '');
    if (!Number.isNaN(ms)) cursor.set(name, BigInt(ms) * 1_000_000n);
  }
  return cursor;
}
