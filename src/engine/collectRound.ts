import type { Dispatcher } from 'undici';
import { advanceCursor } from '../cadvisor/cursor.ts';
import type { CadvisorNode } from '../cadvisor/node.ts';
import { type ScrapeOutcome, type ScrapeRequest, scrape } from '../cadvisor/scrape.ts';
import type { Sink } from '../influx/sink.ts';
import { errorText } from '../model/errorText.ts';
import { ORIGINAL_FORMAT } from '../model/lineFormat.ts';
import type { CadvisorSource, Cursor } from '../model/parseTask.ts';
import type { ParsePool } from './pools.ts';

/** A body of 1000 containers with 9 samples; what a node cannot answer in this, it answers with the newest samples only. */
const MAX_BODY_BYTES = 64 * 2 ** 20;
/** cAdvisor samples a container at most once a second and keeps 2 minutes of samples, both by default. */
const MAX_SAMPLES = 120;
/** Seconds do not fall on seconds: one sample at each end. */
const MARGIN_SAMPLES = 2;

/** What is remembered of a node between rounds. */
export interface NodeProgress {
  readonly node: CadvisorNode;
  readonly sources: Record<CadvisorSource, SourceProgress>;
}

interface SourceProgress {
  cursor: Cursor | null;
  /** performance.now() when the last answer that was taken was asked for; null = ask for the newest sample alone. */
  askedAtMs: number | null;
}

export interface RoundContext {
  parsePool: Pick<ParsePool, 'run'>;
  sinks: readonly Sink[];
  dispatcher: Dispatcher;
  /** For both answers of the node together, from connecting to the last byte; parsing does not count. */
  timeoutMs: number;
  /** Ends the round early. */
  closing?: AbortSignal;
}

export interface RoundOutcome {
  samples: number;
  points: number;
  /** Parts of answers that cannot be written (ParsedLines.faulty). */
  faulty: number;
  /** What went wrong, with the node's address; empty when both answers were taken. */
  failures: string[];
}

export function startProgress(node: CadvisorNode): NodeProgress {
  return { node, sources: { docker: { cursor: null, askedAtMs: null }, machine: { cursor: null, askedAtMs: null } } };
}

/** One round of one node: asks for what is new since its last round and hands the lines to the sinks. Never throws. */
export async function collectRound(progress: NodeProgress, context: RoundContext): Promise<RoundOutcome> {
  const outcome: RoundOutcome = { samples: 0, points: 0, faulty: 0, failures: [] };
  const budget = { leftMs: context.timeoutMs };
  // One after the other, on one connection: a thousand nodes need no second thousand sockets.
  for (const source of ['docker', 'machine'] as const) {
    const failure = await collectSource(progress, source, context, budget, outcome).catch(errorText);
    if (failure) outcome.failures.push(`${progress.node.address} ${source}: ${failure}`);
  }
  return outcome;
}

interface Budget {
  leftMs: number;
}

/** Returns what went wrong, or null. The cursor moves only when the lines are in the sinks' hands. */
async function collectSource(
  { node, sources }: NodeProgress,
  source: CadvisorSource,
  context: RoundContext,
  budget: Budget,
  outcome: RoundOutcome,
): Promise<string | null> {
  const progress = sources[source];
  const askedAtMs = performance.now();
  const numStats = samplesSince(progress.askedAtMs, askedAtMs);
  const answer = await scrapeWithin(budget, context, { address: node.address, source, numStats });
  if (!answer.ok) {
    if (answer.tooLarge) progress.askedAtMs = null;
    return answer.detail;
  }
  const parsed = await context.parsePool.run(
    { source, host: node.host, cursor: progress.cursor, format: ORIGINAL_FORMAT },
    answer.body,
  );
  if (!parsed.ok) return parsed.detail;
  if (parsed.points > 0) for (const sink of context.sinks) sink.write(parsed.lines, parsed.points);
  progress.cursor = advanceCursor(progress.cursor, parsed.newest);
  progress.askedAtMs = askedAtMs;
  outcome.samples += parsed.samples;
  outcome.points += parsed.points;
  outcome.faulty += parsed.faulty;
  return null;
}

type Question = Pick<ScrapeRequest, 'address' | 'source' | 'numStats'>;

/** Scrapes with what is left of the round's time, and takes off what it took. */
async function scrapeWithin(
  budget: Budget,
  { dispatcher, timeoutMs, closing }: RoundContext,
  question: Question,
): Promise<ScrapeOutcome> {
  const deadline = new AbortController();
  const startMs = performance.now();
  const late = () => deadline.abort(new Error(`no whole answer within ${timeoutMs} ms`));
  // The first answer may have taken more than there was.
  const timer = setTimeout(late, Math.max(1, budget.leftMs));
  const stop = () => deadline.abort(new Error('stopped'));
  closing?.addEventListener('abort', stop);
  if (closing?.aborted) stop();
  const answer = await scrape({ ...question, maxBytes: MAX_BODY_BYTES, signal: deadline.signal, dispatcher });
  closing?.removeEventListener('abort', stop);
  clearTimeout(timer);
  budget.leftMs -= performance.now() - startMs;
  return answer;
}

/** How many samples a container can have got since an answer that was asked for at `sinceMs`. */
function samplesSince(sinceMs: number | null, nowMs: number): number {
  if (sinceMs === null) return 1;
  return Math.min(MAX_SAMPLES, Math.ceil((nowMs - sinceMs) / 1000) + MARGIN_SAMPLES);
}
