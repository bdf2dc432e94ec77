import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import type { CadvisorNode } from '../cadvisor/node.ts';
import type { Sink } from '../influx/sink.ts';
import { collectRound, type NodeProgress, type RoundOutcome, startProgress } from './collectRound.ts';
import type { ParsePool } from './pools.ts';
import { startSchedule } from './scheduler.ts';

/**
 * Rounds under way at once; more wait. Nodes whose last round failed have places of their own: they wait for their deadline,
 * and a rack of dead ones must not hold up the living.
 */
const MAX_ROUNDS = 64;

/** How long beyond the interval a connection stays open for the node's next request. */
const KEEP_ALIVE_MARGIN_MS = 5000;

export interface CollectOptions {
  nodes: readonly CadvisorNode[];
  /** For one round of one node. */
  timeoutMs: number;
  parsePool: Pick<ParsePool, 'run'>;
  sinks: readonly Sink[];
}

export interface CollectorOptions extends CollectOptions {
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
}

export interface Collector {
  readonly counts: Readonly<CollectorCounts>;
  /** Rounds that were skipped because the node's one before was still under way. */
  readonly overruns: number;
  /** Ends the rounds under way; the sinks stay open. */
  close(): Promise<void>;
}

/** Collects the newest samples of every node once. */
export async function collectOnce({ nodes, timeoutMs, parsePool, sinks }: CollectOptions): Promise<RoundOutcome[]> {
  const dispatcher = startDispatcher(timeoutMs, 0);
  const context = { parsePool, sinks, dispatcher, timeoutMs };
  const outcomes = await pLimit(MAX_ROUNDS).map(nodes, (node) => collectRound(startProgress(node), context));
  await dispatcher.destroy();
  return outcomes;
}

/**
 * Collects from every node at its own place in the interval. Each sample is handed to the sinks once; of the time before the
 * start only the newest. A failing node is told in the log once, and again when its failure changes or ends.
 */
export function startCollector({ nodes, intervalMs, timeoutMs, parsePool, sinks, log }: CollectorOptions): Collector {
  const dispatcher = startDispatcher(timeoutMs, intervalMs);
  const closing = new AbortController();
  const context = { parsePool, sinks, dispatcher, timeoutMs, closing: closing.signal };
  const lanes = { sound: pLimit(MAX_ROUNDS), failing: pLimit(MAX_ROUNDS) };
  const counts: CollectorCounts = { rounds: 0, failedRounds: 0, samples: 0, points: 0, faulty: 0 };
  const failureOf = new Map<CadvisorNode, string>();

  async function run(progress: NodeProgress): Promise<void> {
    const { node } = progress;
    const lane = failureOf.has(node) ? lanes.failing : lanes.sound;
    const outcome = await lane(() => (closing.signal.aborted ? null : collectRound(progress, context)));
    if (!outcome) return;
    const isCutShort = closing.signal.aborted;
    addOutcome(counts, isCutShort ? { ...outcome, failures: [] } : outcome);
    if (isCutShort) return;
    const failure = outcome.failures.join('; ');
    if (failure !== (failureOf.get(node) ?? '')) logChange(log, node, failure);
    if (failure === '') failureOf.delete(node);
    else failureOf.set(node, failure);
  }

  const schedule = startSchedule(
    nodes.map((node) => {
      const progress = startProgress(node);
      return { key: node.address, intervalMs, run: () => run(progress) };
    }),
  );
  return {
    counts,
    get overruns() {
      return schedule.overruns;
    },
    close: async () => {
      closing.abort();
      await schedule.close();
      await dispatcher.destroy();
    },
  };
}

/** One connection a node, kept open for its next round; the deadline is the round's own. */
function startDispatcher(timeoutMs: number, intervalMs: number): Agent {
  const keepAliveMs = intervalMs + KEEP_ALIVE_MARGIN_MS;
  return new Agent({
    connections: 1,
    connect: { timeout: timeoutMs },
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function addOutcome(counts: CollectorCounts, { samples, points, faulty, failures }: RoundOutcome): void {
  counts.rounds++;
  if (failures.length > 0) counts.failedRounds++;
  counts.samples += samples;
  counts.points += points;
  counts.faulty += faulty;
}

function logChange(log: Logger, { address }: CadvisorNode, failure: string): void {
  if (failure === '') log.info({ node: address }, 'collecting again');
  else log.warn({ node: address, detail: failure }, 'collecting failed');
}
