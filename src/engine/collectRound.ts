import type { CollectOutcome, CollectTask } from '../cadvisor/collectTask.ts';
import { afterAnswer, nextQuestion, type SourceProgress, startProgress } from '../cadvisor/cursor.ts';
import type { CadvisorNode } from '../cadvisor/node.ts';
import { type Sink, writeToAll } from '../influx/sink.ts';
import type { CursorMark } from '../model/lineBlock.ts';
import type { CadvisorSource } from '../model/parseTask.ts';

/** What is remembered of a node between rounds. */
export interface NodeProgress {
  readonly node: CadvisorNode;
  readonly sources: Record<CadvisorSource, SourceProgress>;
  /** Asked first in the next round: what failed in the last one, for it may have had no time left. */
  first: CadvisorSource;
}

export interface RoundContext {
  /** Asks this node; never rejects. */
  ask(task: Omit<CollectTask, 'place'>): Promise<CollectOutcome>;
  sinks: readonly Sink[];
  /** For both answers of the node together, from connecting to the last byte of the second. */
  timeoutMs: number;
}

export interface RoundOutcome {
  samples: number;
  points: number;
  /** Parts of answers that cannot be written (ParsedLines.faulty). */
  faulty: number;
  /** Of bodies, decompressed. */
  bytes: number;
  /** What went wrong, with the node's address; empty when both answers were taken. */
  failures: string[];
}

/** A node's state at the start: `stored` has the cursors that an earlier process left of it. */
export function startNode(
  node: CadvisorNode,
  stored: ReadonlyMap<CadvisorSource, CursorMark> = new Map(),
): NodeProgress {
  const start = (source: CadvisorSource) => startProgress(source, stored.get(source)?.cursor ?? null);
  return { node, sources: { docker: start('docker'), machine: start('machine') }, first: 'docker' };
}

/** One round of one node: asks for what is new since its last round and hands the lines to the sinks. Never throws. */
export async function collectRound(progress: NodeProgress, context: RoundContext): Promise<RoundOutcome> {
  const outcome: RoundOutcome = { samples: 0, points: 0, faulty: 0, bytes: 0, failures: [] };
  const endsAtMs = performance.now() + context.timeoutMs;
  // One after the other, on one connection: a thousand nodes need no second thousand sockets.
  const { first } = progress;
  for (const source of [first, first === 'docker' ? 'machine' : 'docker'] as const) {
    const failure = await collectSource(progress, source, context, endsAtMs, outcome);
    if (failure === null) continue;
    progress.first = source;
    outcome.failures.push(`${progress.node.address} ${source}: ${failure}`);
  }
  // The same failures are the same text, whichever was first.
  outcome.failures.sort();
  return outcome;
}

/** Returns what went wrong, or null. The cursor moves only when the lines are in the sinks' hands. */
async function collectSource(
  { node, sources }: NodeProgress,
  source: CadvisorSource,
  { ask, sinks, timeoutMs }: RoundContext,
  endsAtMs: number,
  outcome: RoundOutcome,
): Promise<string | null> {
  const progress = sources[source];
  const askedAtMs = performance.now();
  const leftMs = Math.max(1, Math.ceil(endsAtMs - askedAtMs));
  const question = nextQuestion(progress, askedAtMs);
  const answer = await ask({ source, cursor: progress.cursor, timeoutMs, leftMs, ...question });
  outcome.bytes += answer.bytes;
  if (!answer.ok) {
    if (answer.tooLarge) sources[source] = { ...progress, askedAtMs: null };
    return answer.detail;
  }
  const next = afterAnswer(progress, source, answer, askedAtMs);
  if (answer.points > 0) {
    const mark: CursorMark = { node: node.address, source, cursor: next.cursor };
    for (const [at, { lines, points }] of answer.pieces.entries()) {
      writeToAll(sinks, lines, points, at === answer.pieces.length - 1 ? [mark] : []);
    }
  }
  sources[source] = next;
  outcome.samples += answer.samples;
  outcome.points += answer.points;
  outcome.faulty += answer.faulty;
  return null;
}
