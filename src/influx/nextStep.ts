/** What the sink holds at one moment; times by one clock, in ms. */
export interface LaneState {
  nowMs: number;
  /** `open`, `closing`: what is left is written at once, or goes to the spool; `over`: the deadline of closing has passed. */
  phase: 'open' | 'closing' | 'over';
  hasSpool: boolean;
  /** When the oldest of the memory makes a batch; Infinity where nothing waits. */
  dueAtMs: number;
  /** Points in the spool. */
  spooled: number;
  /** Writes in a row that the server did not take; 0: it is there. */
  failures: number;
  /** When the server is tried again; Infinity unless it is away. */
  retryAtMs: number;
  /** When the bounded rate lets the next batch out of the spool. */
  drainAtMs: number;
  /** When the spool is tried again after it failed; 0: it works. */
  spoolAtMs: number;
  /** What was written last came from the memory: then it is the spool's turn. */
  wasFresh: boolean;
}

export type Step =
  /** The next batch of the memory to the server. */
  | { kind: 'write' }
  /** The next batch of the memory to the spool. */
  | { kind: 'spool' }
  /** The oldest batch of the spool to the server. */
  | { kind: 'drain' }
  | { kind: 'wait'; untilMs: number }
  /** What is still in the memory is given up. */
  | { kind: 'end' };

const NEVER = Number.POSITIVE_INFINITY;
/** How often in a row a sink that is closing without a spool is refused before it gives up. */
const MAX_CLOSING_FAILURES = 2;

/** One thing at a time: what the sink does next. Pure; docs/decisions/0052 says why in this order. */
export function nextStep(state: LaneState): Step {
  if (state.phase !== 'open' && state.dueAtMs === NEVER) return { kind: 'end' };
  const isAway = state.failures > 0 || state.phase === 'over';
  return isAway ? stepAway(state) : stepThere(state);
}

function stepThere({ nowMs, phase, dueAtMs, spooled, drainAtMs, spoolAtMs, wasFresh }: LaneState): Step {
  const isDue = phase === 'closing' || dueAtMs <= nowMs;
  const outAtMs = spooled > 0 && phase === 'open' ? Math.max(drainAtMs, spoolAtMs) : NEVER;
  const mayDrain = outAtMs <= nowMs;
  if (isDue && !(mayDrain && wasFresh)) return { kind: 'write' };
  if (mayDrain) return { kind: 'drain' };
  return { kind: 'wait', untilMs: Math.min(dueAtMs, outAtMs) };
}

function stepAway(state: LaneState): Step {
  const { nowMs, phase, hasSpool, dueAtMs, spooled, failures, retryAtMs, spoolAtMs } = state;
  const isQueued = dueAtMs < NEVER;
  const isSpoolFit = hasSpool && spoolAtMs <= nowMs;
  const mayDrain = spooled > 0 && isSpoolFit;
  // A server that may be back is tried though ever more comes for the spool.
  if (phase === 'open' && retryAtMs <= nowMs && mayDrain) return { kind: 'drain' };
  if (isSpoolFit && isQueued && (phase !== 'open' || dueAtMs <= nowMs)) return { kind: 'spool' };
  // Without a spool that works the server is the only way out, as long as there is hope.
  const isHopeless = phase === 'over' || (phase === 'closing' && (hasSpool || failures >= MAX_CLOSING_FAILURES));
  if (isHopeless) return { kind: 'end' };
  if (retryAtMs <= nowMs && isQueued) return { kind: 'write' };
  const times = [mayDrain || isQueued ? retryAtMs : NEVER];
  if (hasSpool && isQueued) times.push(Math.max(dueAtMs, spoolAtMs));
  if (spooled > 0 && !isSpoolFit) times.push(spoolAtMs);
  return { kind: 'wait', untilMs: Math.min(...times) };
}
