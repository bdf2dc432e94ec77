import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { CadvisorNode } from '../cadvisor/node.ts';
import type { Sink } from '../influx/sink.ts';
import type { CursorMark } from '../model/lineBlock.ts';
import { type LineFormat, ORIGINAL_FORMAT } from '../model/lineFormat.ts';
import type { CadvisorSource } from '../model/parseTask.ts';
import type { CollectLaneCounts } from './collectLane.ts';
import { type CollectLanes, startCollectLanes } from './collectLanes.ts';
import { collectRound, type NodeProgress, type RoundOutcome, startNode } from './collectRound.ts';
import { startSchedule } from './scheduler.ts';

/** Of a run that asks every node at once. */
const MAX_ROUNDS_AT_ONCE = 64;
/** A body of 1000 containers with 9 samples; what a node cannot answer in this, it answers with the newest samples only. */
const MAX_BODY_BYTES = 64 * 2 ** 20;
/** How long beyond the longest interval a connection stays open for the node's next request; in a run without one, for the second. */
const KEEP_ALIVE_MARGIN_MS = 5_000;

export interface CollectOptions {
  nodes: readonly CadvisorNode[];
  /** For one round of a node that has no deadline of its own. */
  timeoutMs: number;
  sinks: readonly Sink[];
  /** How far an earlier process read the nodes; without one the newest sample of each container is taken. */
  marks?: readonly CursorMark[];
  /** Threads. */
  workers?: number;
  format?: LineFormat;
  /** Of one answer, decompressed. */
  maxBytes?: number;
  /** File of the thread, as a URL. */
  entry?: string;
}

export interface CollectorOptions extends CollectOptions {
  /** Of a node that has none of its own. */
  intervalMs: number;
  log: Logger;
}

export interface CollectorCounts {
  rounds: number;
  /** Rounds in which an answer was missing or not taken. */
  failedRounds: number;
  samples: number;
  points: number;
  /** Parts of answers that cannot be written (ParsedLines.faulty). */
  faulty: number;
  /** Of bodies that were received, decompressed. */
  bytes: number;
}

export interface Collector {
  readonly counts: Readonly<CollectorCounts>;
  /** Lost threads. */
  readonly threads: Readonly<CollectLaneCounts>;
  /** Rounds that were skipped because the node's one before was still under way. */
  readonly overruns: number;
  readonly nodes: number;
  /** How many nodes' last round failed. */
  readonly failingNodes: number;
  /** Ends the rounds under way and their connections; the sinks stay open. */
  close(): Promise<void>;
}

/** Collects once from every node. */
export async function collectOnce(options: CollectOptions): Promise<RoundOutcome[]> {
  const lanes = startLanes(options, KEEP_ALIVE_MARGIN_MS);
  const marks = groupMarks(options.marks ?? []);
  try {
    return await pLimit(MAX_ROUNDS_AT_ONCE).map(options.nodes, (node) =>
      collectRound(startNode(node, marks.get(node.address)), contextOf(node, options, lanes)),
    );
  } finally {
    await lanes.close();
  }
}

/**
 * Collects from every node at its own place in its interval. Each sample is handed to the sinks once; of the time before the first
 * start only the newest. A failing node is told in the log once, and again when its failure changes or ends.
 *
 * No place, queue or connection is shared by two nodes, so that none waits for another's deadline; what they share is the threads'
 * CPU, and the memory for bodies, of which no more is received than a thread may hold.
 */
export function startCollector(options: CollectorOptions): Collector {
  const { nodes, intervalMs, log } = options;
  const longestMs = nodes.reduce((longest, node) => Math.max(longest, node.intervalMs ?? 0), intervalMs);
  const lanes = startLanes(options, longestMs + KEEP_ALIVE_MARGIN_MS);
  const marks = groupMarks(options.marks ?? []);
  const counts: CollectorCounts = { rounds: 0, failedRounds: 0, samples: 0, points: 0, faulty: 0, bytes: 0 };
  const failureOf = new Map<CadvisorNode, string>();
  let isClosing = false;

  async function run(progress: NodeProgress): Promise<void> {
    const { node } = progress;
    const outcome = await collectRound(progress, contextOf(node, options, lanes));
    addOutcome(counts, isClosing ? { ...outcome, failures: [] } : outcome);
    if (isClosing) return;
    const failure = outcome.failures.join('; ');
    if (failure !== (failureOf.get(node) ?? '')) logChange(log, node, failure);
    if (failure === '') failureOf.delete(node);
    else failureOf.set(node, failure);
  }

  const schedule = startSchedule(
    nodes.map((node) => {
      const progress = startNode(node, marks.get(node.address));
      return { key: node.address, intervalMs: node.intervalMs ?? intervalMs, run: () => run(progress) };
    }),
  );
  return {
    counts,
    threads: lanes.counts,
    get overruns() {
      return schedule.overruns;
    },
    nodes: nodes.length,
    get failingNodes() {
      return failureOf.size;
    },
    close: async () => {
      isClosing = true;
      const drained = schedule.close();
      await lanes.close();
      await drained;
    },
  };
}

function startLanes(
  { nodes, workers = 1, format, maxBytes, entry }: CollectOptions,
  keepAliveMs: number,
): CollectLanes {
  const setup = { nodes, format: format ?? ORIGINAL_FORMAT, maxBytes: maxBytes ?? MAX_BODY_BYTES, keepAliveMs };
  return startCollectLanes(workers, setup, entry);
}

function contextOf(node: CadvisorNode, { sinks, timeoutMs }: CollectOptions, lanes: CollectLanes) {
  return {
    ask: (task: Parameters<CollectLanes['ask']>[1]) => lanes.ask(node, task),
    sinks,
    timeoutMs: node.timeoutMs ?? timeoutMs,
  };
}

/** By address and source. */
function groupMarks(marks: readonly CursorMark[]): Map<string, Map<CadvisorSource, CursorMark>> {
  const groups = new Map<string, Map<CadvisorSource, CursorMark>>();
  for (const mark of marks) {
    const group = groups.get(mark.node) ?? new Map<CadvisorSource, CursorMark>();
    groups.set(mark.node, group.set(mark.source, mark));
  }
  return groups;
}

function addOutcome(counts: CollectorCounts, { failures, ...sums }: RoundOutcome): void {
  counts.rounds++;
  if (failures.length > 0) counts.failedRounds++;
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) counts[key] += sums[key];
}

function logChange(log: Logger, { address }: CadvisorNode, failure: string): void {
  if (failure === '') log.info({ node: address }, 'collecting again');
  else log.warn({ node: address, detail: failure }, 'collecting failed');
}
