import type { CadvisorSource, Cursor } from '../model/parseTask.ts';

/** How long a container that answers no longer name is remembered: cAdvisor itself keeps 2 minutes of samples by default. */
const REMEMBER_NS = 600_000_000_000n;
/** How many containers are remembered of a node, however many come and go: some 200 bytes each. */
const MAX_REMEMBERED = 10_000;

/** cAdvisor samples a container that does nothing less and less often, down to once a minute. */
const LONGEST_STEP_NS = 60_000_000_000n;
/** A sample can be read only when it is complete, a while after its time: another container's may be read before it. */
const LATE_NS = 1_000_000_000n;

/** cAdvisor samples a container at most once a second and keeps 2 minutes of samples, both by default. */
const MAX_SAMPLES = 120;
/** Seconds do not fall on seconds: one sample at each end. */
const MARGIN_SAMPLES = 2;

/** What a cAdvisor is asked for, of each container: the newest `numStats` of its samples at or after `start`. */
export interface Question {
  readonly numStats: number;
  /** RFC 3339 with nanoseconds; null: however old. */
  readonly start: string | null;
}

/** How far one source of a node was read. Times of one monotonic clock. */
export interface SourceProgress {
  /** null: nothing was sent yet. */
  readonly cursor: Cursor | null;
  /** When the last answer that was taken was asked for; -Infinity: in another process; null: ask for the newest samples alone. */
  readonly askedAtMs: number | null;
  /** Nothing that was not sent is older; ns since 1970 on the node's clock. null: not known. */
  readonly startNs: bigint | null;
}

/**
 * The cursor after an answer: `newest` holds every container of the answer (ParsedLines.newest).
 * One that is missing from it is kept for a while, so that it is not sent twice when it comes back.
 */
export function advanceCursor(cursor: Cursor | null, newest: Cursor): Cursor {
  const next = new Map(newest);
  const latestNs = [...newest.values()].reduce((latest, ns) => (ns > latest ? ns : latest), 0n);
  for (const [container, ns] of cursor ?? []) {
    if (next.size >= MAX_REMEMBERED) break;
    if (!next.has(container) && latestNs - ns < REMEMBER_NS) next.set(container, ns);
  }
  return next;
}

/** Where a source stands at the start of the process: at what an earlier one stored, or null for nothing. */
export function startProgress(source: CadvisorSource, stored: Cursor | null): SourceProgress {
  return {
    cursor: stored,
    askedAtMs: stored && Number.NEGATIVE_INFINITY,
    startNs: stored && startAfter(source, stored),
  };
}

/**
 * Where a source stands after an answer with `samples` new ones. An answer without any may come from a clock that was set back, where
 * all of the future would be before the start: the next question has none.
 */
export function afterAnswer(
  { cursor }: SourceProgress,
  source: CadvisorSource,
  { newest, samples }: { newest: Cursor; samples: number },
  askedAtMs: number,
): SourceProgress & { readonly cursor: Cursor } {
  const startNs = samples > 0 ? startAfter(source, newest) : null;
  return { cursor: advanceCursor(cursor, newest), askedAtMs, startNs };
}

/** What to ask for at `nowMs`: what a container can have got since the last answer that was taken. */
export function nextQuestion({ askedAtMs, startNs }: SourceProgress, nowMs: number): Question {
  if (askedAtMs === null) return { numStats: 1, start: null };
  const numStats = Math.min(MAX_SAMPLES, Math.ceil((nowMs - askedAtMs) / 1000) + MARGIN_SAMPLES);
  return { numStats, start: startNs === null ? null : formatTimeNs(startNs) };
}

/**
 * The earliest time of a sample that was not in an answer with these newest ones; null where it had none. A container that comes new
 * may have a sample that is a little older than another's; the machine is alone in its answer.
 */
function startAfter(source: CadvisorSource, newest: Cursor): bigint | null {
  let latestNs: bigint | null = null;
  for (const ns of newest.values()) if (latestNs === null || ns > latestNs) latestNs = ns;
  if (latestNs === null) return null;
  let oldestNs = source === 'machine' ? latestNs : latestNs - LATE_NS;
  for (const ns of newest.values()) if (ns < oldestNs && latestNs - ns < LONGEST_STEP_NS) oldestNs = ns;
  // Go has other words for times before 1970 than we do; no sample has one but of a clock that was never set.
  return oldestNs < 0n ? null : oldestNs + 1n;
}

/** RFC 3339 in UTC with 9 decimals: cAdvisor compares the time as Go reads it. */
function formatTimeNs(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}
