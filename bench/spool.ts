import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { startSpoolPool } from '../src/engine/spoolPool.ts';
import type { CursorMark, LineBlock } from '../src/model/lineBlock.ts';
import { PAGE_BYTES } from '../src/store/spoolPolicy.ts';
import { ALL_CORES, OWN_CORE, pin } from './childPeer.ts';
import { readCpuUs } from './cpuTime.ts';
import { runInLanes, type Sample, takeRounds } from './rounds.ts';
import { judgeFigure, judgeRatio, type Verdict } from './verdict.ts';

const BLOCK_BYTES = 1_048_576;
const LINES = fileURLToPath(new URL('../test/cases/*/lines.txt', import.meta.url));
const ROUNDS = 5;
/** Some 0.1 GB/s is written. */
const BLOCKS_PER_SECOND = 8;
/** As a sink does that fills one block while the other is stored. */
const IN_FLIGHT = 2;
/** What one answer of a node with 50 containers leaves behind, from 20 nodes. */
const [NODES, CONTAINERS] = [20, 50];
/** A spool takes 200,000 lines a second in and gives 100,000 out. */
const [MAX_IN_US, MAX_OUT_US] = [5, 10];
/** Of the blob's time alone: what the thread, its messages, the checksum and the bounds may add. */
const MAX_RATIO = 2;

const BARE = 'bare SQLite, a line';
const APPEND = 'spool append, a line';
const DRAIN = 'spool oldest + remove, a line';
const MARKS = 'spool saveMarks, a cursor of 50 containers';

/** What the spool costs on one core, main thread and all, beside a loop that inserts the same blobs (WAL, FULL, as
 * big pages) into a file of its own. */
export async function benchSpool(seconds: number): Promise<{ rows: Record<string, Sample>; verdicts: Verdict[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'dips-probe-'));
  const count = Math.max(4, Math.round((seconds * BLOCKS_PER_SECOND) / 2));
  const block = recordedBlock();
  const spool = await startSpoolPool({
    path: join(folder, 'spool.sqlite'),
    maxBytes: 2 * count * BLOCK_BYTES,
    maxAgeMs: 3_600_000,
    log: { warn: (fields, message) => console.warn(message, fields) },
  });
  const bare = openBare(join(folder, 'bare.sqlite'));
  pin(OWN_CORE);
  try {
    const rows = await takeRounds(
      {
        [BARE]: () => measure(count, block.points, 1, async () => bare.insert(block)).finally(bare.empty),
        [APPEND]: () =>
          measure(count, block.points, IN_FLIGHT, async () => {
            const stored = await spool.append(block);
            if (!stored.ok) throw new Error(stored.detail);
          }),
        [DRAIN]: () =>
          measure(count, block.points, 1, async () => {
            const batch = await spool.oldest(BLOCK_BYTES);
            if (!batch || (await spool.remove(batch.upToId)) !== block.points) throw new Error('lines were lost');
          }),
        [MARKS]: () =>
          measure(count, NODES, 1, async () => {
            const saved = await spool.saveMarks(someMarks());
            if (!saved.ok) throw new Error(saved.detail);
          }),
      },
      ROUNDS,
    );
    const us = (name: keyof typeof rows) => 1e6 / (rows[name].perSecond ?? 0);
    return {
      rows,
      verdicts: [
        judgeFigure('spool: a line in (≥ 200,000 lines/s)', us(APPEND), MAX_IN_US, 'µs'),
        judgeFigure('spool: a line out (≥ 100,000 lines/s)', us(DRAIN), MAX_OUT_US, 'µs'),
        judgeRatio('spool: a line in, against bare SQLite', us(APPEND), us(BARE), MAX_RATIO, 'µs'),
      ],
    };
  } finally {
    pin(ALL_CORES);
    bare.close();
    await spool.close();
    rmSync(folder, { recursive: true });
  }
}

/** `count` operations that do `each` things; per thing. */
async function measure(count: number, each: number, inFlight: number, operation: () => Promise<void>): Promise<Sample> {
  const before = readCpuUs('process');
  const startedAt = performance.now();
  await runInLanes(count, inFlight, operation);
  const elapsedMs = performance.now() - startedAt;
  return { cpuUs: (readCpuUs('process') - before) / count / each, perSecond: (count * each * 1000) / elapsedMs };
}

/** A MiB of the lines that cAdvisor's recorded answers become. */
function recordedBlock(): LineBlock {
  const recorded =
    globSync(LINES)
      .sort()
      .map((path) => readFileSync(path, 'latin1'))
      .join('')
      .match(/.+\n/g) ?? [];
  if (recorded.length === 0) throw new Error(`no lines at ${LINES}`);
  let text = '';
  let points = 0;
  // Other digits in each (a linear congruential generator's): the same lines again and again would shrink to nothing.
  let state = 1;
  const vary = (digits: string) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return `${state}`.slice(0, digits.length);
  };
  for (; text.length < BLOCK_BYTES - 1_000; points++) {
    text += recorded[points % recorded.length]?.replace(/(?<=[=\d ])\d{4,9}/g, vary);
  }
  return { lines: Buffer.from(text, 'latin1'), points, marks: [] };
}

function someMarks(): CursorMark[] {
  return Array.from({ length: NODES }, (_, node) => ({
    node: `node-${node}.example.org:8080`,
    source: 'docker',
    cursor: new Map(
      Array.from({ length: CONTAINERS }, (_, at) => [
        `/docker/${`${at}`.padStart(64, 'c')}`,
        BigInt(Date.now()) * 1_000_000n,
      ]),
    ),
  }));
}

function openBare(path: string) {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE block (id INTEGER PRIMARY KEY, points INTEGER NOT NULL, lines BLOB NOT NULL)`);
  const insert = database.prepare('INSERT INTO block (points, lines) VALUES (?, ?)');
  return {
    insert: ({ points, lines }: LineBlock) => {
      insert.run(points, lines);
    },
    empty: () => database.exec('DELETE FROM block'),
    close: () => database.close(),
  };
}
