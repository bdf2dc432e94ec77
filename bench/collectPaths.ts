import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { Client } from 'undici';
import type { CollectOutcome } from '../src/cadvisor/collectTask.ts';
import { parseNode } from '../src/cadvisor/node.ts';
import { type ReceiveBudget, type ScrapeRequest, scrape } from '../src/cadvisor/scrape.ts';
import { startCollectLanes } from '../src/engine/collectLanes.ts';
import { createBlockQueue } from '../src/influx/blockQueue.ts';
import { letGo } from '../src/influx/lineMemory.ts';
import { DEFAULT_BATCH } from '../src/model/influxTarget.ts';
import { ORIGINAL_FORMAT } from '../src/model/lineFormat.ts';
import type { ParseMessage, ParseOutcome } from '../src/model/parseTask.ts';
import type { NodeShape } from './cadvisorAnswer.ts';
import { startCadvisorCluster } from './cadvisorCluster.ts';
import type { Whose } from './cpuTime.ts';
import { machine } from './machine.ts';
import { measure } from './measure.ts';
import { runInLanes, type Sample, takeRounds, type Variant } from './rounds.ts';
import { digits, formatTable, formatVerdicts, judgeFigure, type Verdict } from './verdict.ts';

/*
 * Where an answer of cAdvisor is fetched: in the thread that parses it, or on the main thread and moved to a thread. In turns; CPU of the
 * main thread and of the whole process for one answer.
 */

/** About 10 MB with all 60 samples of each, and one sample of each of 50, as at a round in 10 s. */
const LARGE: NodeShape = { containers: 43, stepMs: 1_000 };
const SMALL: NodeShape = { containers: 50, stepMs: 10_000 };
const MAX_LARGE_MS = 0.5;
const MAX_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 10_000;
const IN_FLIGHT = 4;
/** Until V8 has compiled what then runs for months. */
const WARM_UP_ANSWERS = 500;

export interface CollectPaths {
  rows: Record<string, Sample>;
  /** Of the large and of the small answer. */
  bytes: { large: number; small: number };
  verdicts: Verdict[];
}

/** Takes some 25 s at a scale of 1. */
export async function benchCollectPaths(scale: number): Promise<CollectPaths> {
  const [large, small] = [await startPaths(LARGE, 60), await startPaths(SMALL, 1)];
  const [few, many] = [Math.ceil(60 * scale), Math.ceil(1_000 * scale)];
  await runInLanes(WARM_UP_ANSWERS, IN_FLIGHT, large.inThread);
  const rows = await takeRounds(
    {
      'large, fetched in the thread: main thread': round('thread', few, large.inThread),
      'large, fetched on main and moved: main thread': round('thread', few, large.onMain),
      'large, fetched in the thread: process': round('process', few, large.inThread),
      'large, fetched on main and moved: process': round('process', few, large.onMain),
      'small, fetched in the thread: main thread': round('thread', many, small.inThread),
      'small, fetched on main and moved: main thread': round('thread', many, small.onMain),
      'small, fetched in the thread: process': round('process', many, small.inThread),
      'small, fetched on main and moved: process': round('process', many, small.onMain),
    },
    5,
  );
  const bytes = { large: large.bytes(), small: small.bytes() };
  await Promise.all([large.close(), small.close()]);
  const mainMs = (rows['large, fetched in the thread: main thread'].cpuUs / 1000) * (10e6 / bytes.large);
  return { rows, bytes, verdicts: [judgeFigure('main thread per 10 MB of cAdvisor', mainMs, MAX_LARGE_MS, 'ms')] };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** One round of a row. What the row before left is cleared first: a few answers of one would pay for hundreds of MB of the other. */
function round(whose: Whose, count: number, ask: (lane: number) => Promise<void>): Variant {
  return () => {
    collectGarbage();
    return measure(whose, count, ask, IN_FLIGHT);
  };
}

const inTurn: ScrapeRequest['inTurn'] = (read) => read();

/** Both paths to one fake node, with as many connections as there are in flight. */
async function startPaths(shape: NodeShape, numStats: number) {
  const cluster = await startCadvisorCluster(1, shape);
  const nodes = Array.from({ length: IN_FLIGHT }, () => parseNode(cluster.nodes[0] as string));
  const setup = { format: ORIGINAL_FORMAT, maxBytes: MAX_BYTES, keepAliveMs: TIMEOUT_MS };
  const lanes = startCollectLanes(1, { ...setup, nodes });
  const clients = nodes.map(({ url }) => new Client(url, { allowH2: false }));
  const thread = new Worker(new URL('peers/parseThread.ts', import.meta.url));
  // It answers in the order it is asked.
  const asked: ((outcome: ParseOutcome) => void)[] = [];
  thread.on('message', (outcome: ParseOutcome) => asked.shift()?.(outcome));
  const budget: ReceiveBudget = { heldBytes: 0, maxBytes: 4 * MAX_BYTES };
  // No container was seen: all samples are new.
  const question = { source: 'docker', numStats, start: null } as const;
  const cursor = new Map<string, bigint>();
  let bytes = 0;

  async function inThread(lane: number): Promise<void> {
    const node = nodes[lane] as (typeof nodes)[number];
    const outcome = await lanes.ask(node, { ...question, cursor, timeoutMs: TIMEOUT_MS, leftMs: TIMEOUT_MS });
    takePoints(outcome);
    bytes = outcome.bytes;
  }

  async function onMain(lane: number): Promise<void> {
    const node = nodes[lane] as (typeof nodes)[number];
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), TIMEOUT_MS);
    const dispatcher = clients[lane] as Client;
    const answer = await scrape({
      ...question,
      node,
      maxBytes: MAX_BYTES,
      budget,
      inTurn,
      signal: deadline.signal,
      dispatcher,
    });
    clearTimeout(timer);
    if (!answer.ok) throw new Error(answer.detail);
    const message: ParseMessage = {
      source: 'docker',
      host: node.host,
      cursor,
      format: ORIGINAL_FORMAT,
      body: answer.body,
    };
    thread.postMessage(message, [answer.body.buffer]);
    takePoints(await new Promise<ParseOutcome>((resolve) => asked.push(resolve)));
  }

  return {
    inThread,
    onMain,
    bytes: () => bytes,
    close: async () => {
      await Promise.all([lanes.close(), thread.terminate(), ...clients.map((client) => client.destroy())]);
      await cluster.close();
    },
  };
}

/** Takes them through a queue and lets go of them, as a sink does that writes them. Throws where there are none. */
function takePoints(outcome: ParseOutcome | CollectOutcome): void {
  if (!outcome.ok || outcome.points === 0) throw new Error(outcome.ok ? 'no points' : outcome.detail);
  const queue = createBlockQueue(DEFAULT_BATCH);
  for (const piece of 'pieces' in outcome ? outcome.pieces : [outcome]) queue.push({ ...piece, marks: [] }, 0);
  for (let batch = queue.takeBatch(); batch; batch = queue.takeBatch()) letGo(batch.lines);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(machine());
  const { rows, bytes, verdicts } = await benchCollectPaths(Number(process.env.BENCH_SECONDS ?? 25) / 25);
  const lines = Object.entries(rows).map(([name, row]) => [name, digits(row.cpuUs)]);
  console.log(`\nlarge ${bytes.large} bytes, small ${bytes.small} bytes`);
  console.log(`\n${formatTable(['one answer', 'CPU µs'], lines)}\n\n${formatVerdicts(verdicts)}`);
}
