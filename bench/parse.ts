import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseAnswer } from '../src/cadvisor/parseAnswer.ts';
import { ORIGINAL_FORMAT } from '../src/model/lineFormat.ts';
import type { ParseMessage, ParseOutcome } from '../src/model/parseTask.ts';
import { oracleAnswer } from '../test/cadvisor/oracle.ts';
import { readCpuUs } from './cpuTime.ts';
import { machine } from './machine.ts';
import { type Sample, takeRounds } from './rounds.ts';
import { digits, formatTable, formatVerdicts, type Verdict } from './verdict.ts';

/*
 * What it costs to make lines of one large answer of cAdvisor, all samples: the scanner against the way by JSON.parse, in turns.
 */

const BODY_BYTES = 10_000_000;
/** The scanner must be as many times faster than JSON.parse's way. */
const DEMANDED = 3.3;
const MIN_ROUNDS = 5;
/** About what a round of all variants takes. */
const ROUND_SECONDS = 1.2;

const RECORDED = '../test/fixtures/cadvisor/cgroup-v1-docker.json';
/** Smaller ones are read again and again, until so many are. */
const ROUND_BYTES = 2_000_000;

interface RecordedContainer {
  id: string;
  stats: Record<string, unknown>[];
}

export interface ParseBench {
  rows: Record<string, Sample>;
  verdicts: Verdict[];
}

/** Takes about `seconds`, and five rounds at least. */
export async function benchParse(seconds: number): Promise<ParseBench> {
  const recorded = largeBody((container) => container);
  const busy = largeBody((container) => ({ ...container, stats: container.stats.map(withChangingCounters) }));
  const variants = {
    'JSON.parse: as recorded': variant(oracleAnswer, recorded),
    'scanner: as recorded': variant(parseAnswer, recorded),
    'JSON.parse: every counter changes': variant(oracleAnswer, busy),
    'scanner: every counter changes': variant(parseAnswer, busy),
    'scanner: schema cadvisor': variant(parseAnswer, recorded, ['cadvisor']),
    'scanner: both schemas': variant(parseAnswer, recorded, ['legacy', 'cadvisor']),
    'JSON.parse: as 19 kB each': variant(oracleAnswer, recordedBody(1)),
    'scanner: as 19 kB each': variant(parseAnswer, recordedBody(1)),
    'JSON.parse: as 240 kB each': variant(oracleAnswer, recordedBody(22)),
    'scanner: as 240 kB each': variant(parseAnswer, recordedBody(22)),
  };
  const rows = await takeRounds(variants, Math.max(MIN_ROUNDS, Math.round(seconds / ROUND_SECONDS)));
  const verdicts = ['as recorded', 'every counter changes'].map((body) =>
    judgeSpeed(body, rows[`JSON.parse: ${body}` as keyof typeof rows], rows[`scanner: ${body}` as keyof typeof rows]),
  );
  return { rows, verdicts };
}

function judgeSpeed(body: string, slow: Sample, fast: Sample): Verdict {
  const ratio = slow.cpuUs / fast.cpuUs;
  return {
    what: `10 MB of cAdvisor to lines, ${body}`,
    measured: `${digits(megabytesPerSecond(fast))} MB/s`,
    against: `${digits(megabytesPerSecond(slow))} MB/s by JSON.parse`,
    demanded: `${digits(ratio)} × (≥ ${DEMANDED} ×)`,
    met: ratio >= DEMANDED,
  };
}

function megabytesPerSecond({ cpuUs }: Sample): number {
  return BODY_BYTES / cpuUs;
}

/** One round = 2 MB of bodies or one, CPU of this thread for 10 MB of them. */
function variant(
  parse: (message: ParseMessage) => ParseOutcome,
  body: Uint8Array<ArrayBuffer>,
  schemas = ORIGINAL_FORMAT.schemas,
): () => Sample {
  const format = { ...ORIGINAL_FORMAT, schemas };
  const turns = Math.ceil(ROUND_BYTES / body.length);
  return () => {
    const before = readCpuUs('thread');
    for (let turn = 0; turn < turns; turn++) {
      const outcome = parse({ source: 'docker', host: 'node-1', cursor: new Map(), format, body });
      if (!outcome.ok || outcome.points === 0) throw new Error('the body of the bench is not taken');
    }
    return { cpuUs: ((readCpuUs('thread') - before) * BODY_BYTES) / (body.length * turns) };
  };
}

/** The recorded answer's containers again and again under other names, until it is 10 MB. */
function largeBody(change: (container: RecordedContainer) => RecordedContainer): Uint8Array<ArrayBuffer> {
  const recorded: Record<string, RecordedContainer> = JSON.parse(
    readFileSync(new URL(RECORDED, import.meta.url), 'utf8'),
  );
  const answer: Record<string, RecordedContainer> = {};
  let bytes = 0;
  for (let copy = 0; bytes < BODY_BYTES; copy++) {
    for (const [name, container] of Object.entries(recorded)) {
      const changed = change({ ...container, id: rename(container.id, copy) });
      answer[rename(name, copy)] = changed;
      bytes += JSON.stringify(changed).length;
    }
  }
  return new Uint8Array(Buffer.from(JSON.stringify(answer)));
}

/** The recorded answer with the newest samples only, so many of each container. */
function recordedBody(samples: number): Uint8Array<ArrayBuffer> {
  const recorded: Record<string, RecordedContainer> = JSON.parse(
    readFileSync(new URL(RECORDED, import.meta.url), 'utf8'),
  );
  for (const container of Object.values(recorded)) container.stats.splice(0, container.stats.length - samples);
  return new Uint8Array(Buffer.from(JSON.stringify(recorded)));
}

function rename(name: string, copy: number): string {
  return `${name.slice(0, -4)}${copy.toString(16).padStart(4, '0')}`;
}

/** As if everything that cAdvisor can count were switched on: no counter has the value it had a sample ago. */
function withChangingCounters(sample: Record<string, unknown>, turn: number): Record<string, unknown> {
  let count = turn;
  return JSON.parse(JSON.stringify(sample), (_key, value) =>
    typeof value === 'number' ? value + 97 * ++count : value,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(machine());
  const { rows, verdicts } = await benchParse(Number(process.env.BENCH_SECONDS ?? 15));
  const lines = Object.entries(rows).map(([name, row]) => [
    name,
    digits(row.cpuUs / 1000),
    digits(megabytesPerSecond(row)),
  ]);
  console.log(
    `\n${formatTable(['10 MB of cAdvisor to lines', 'CPU ms', 'MB/s'], lines)}\n\n${formatVerdicts(verdicts)}`,
  );
}
