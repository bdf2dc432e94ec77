/*
 * When a thing that recurs is due. Times are milliseconds of one monotonic clock. Time is cut into rounds of one interval, and in each
 * round a key has one due time: at its own fixed place in the interval, moved back by a little jitter.
 */

/** Where in its interval a key is due. */
export interface Place {
  intervalMs: number;
  /** The fixed part, 0 ≤ x < 1 of the interval. */
  offset: number;
  /** How far behind that it may fall, as a share of the interval: 0 to MAX_JITTER. */
  jitter: number;
  /** Of the jitter's noise: the same seed gives the same due times. */
  seed: number;
}

/** With at most a quarter, two runs started in time are at least three quarters of the interval apart. */
export const MAX_JITTER = 0.25;

/** No start is nearer to the last one than this share of the interval, however late that was. */
const MIN_DISTANCE = 0.5;

/**
 * The place of a key, the same at every start: ten thousand targets are spread evenly over the interval and a list that is read again
 * moves none of them. The jitter keeps two probers of one cluster from staying in step.
 */
export function placeOf(key: string, intervalMs: number, { share, seed }: { share: number; seed: number }): Place {
  return { intervalMs, offset: hash(key), jitter: share, seed };
}

/** The due time of a round. */
export function dueMs({ intervalMs, offset, jitter, seed }: Place, round: number): number {
  return (round + offset + jitter * noise(offset, round, seed)) * intervalMs;
}

/** The first round that is due at or after `nowMs`. */
export function firstRound(place: Place, nowMs: number): number {
  let round = Math.floor(nowMs / place.intervalMs - place.offset - place.jitter);
  while (dueMs(place, round) < nowMs) round++;
  return round;
}

/**
 * The round after `round`, which was started at `startedMs` (null: it was not). Rounds whose due time is past, or too near to that
 * start, are skipped and counted as overruns, never made up for in a burst.
 */
export function nextRound(
  place: Place,
  round: number,
  startedMs: number | null,
  nowMs: number,
): { round: number; overruns: number } {
  const earliestMs = startedMs === null ? nowMs : Math.max(nowMs, startedMs + MIN_DISTANCE * place.intervalMs);
  const next = Math.max(round + 1, firstRound(place, earliestMs));
  return { round: next, overruns: next - round - 1 };
}

/** FNV-1a, scaled to 0 ≤ x < 1. */
function hash(key: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) state = Math.imul(state ^ key.charCodeAt(at), 0x01000193);
  return scatter(state);
}

/** 0 ≤ x < 1, another one for each round of each place. */
function noise(offset: number, round: number, seed: number): number {
  return scatter(Math.imul((offset * 0x1_0000_0000) ^ seed, 0x9e3779b1) + Math.imul(round, 0x85ebca6b));
}

/** The low bits of short, similar keys differ most; this spreads them over the whole word. */
function scatter(state: number): number {
  const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 0x1_0000_0000;
}
