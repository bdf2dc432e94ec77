/*
 * When a thing that recurs is due. Times are milliseconds of one monotonic clock.
 */

/**
 * The first due time at or after `nowMs`: each key has its own fixed place in the interval, so that ten thousand targets are
 * spread evenly over it and keep their places across a restart of the list.
 */
export function firstDueMs(key: string, intervalMs: number, nowMs: number): number {
  const offset = hash(key) * intervalMs;
  return nowMs + ((offset - (nowMs % intervalMs) + intervalMs) % intervalMs);
}

/** The due time after `dueMs`. Those already past are skipped and counted as overruns, never made up for in a burst. */
export function nextDueMs(dueMs: number, intervalMs: number, nowMs: number): { dueMs: number; overruns: number } {
  const next = dueMs + intervalMs;
  if (next >= nowMs) return { dueMs: next, overruns: 0 };
  const overruns = Math.ceil((nowMs - next) / intervalMs);
  return { dueMs: next + overruns * intervalMs, overruns };
}

/** FNV-1a, scaled to 0 ≤ x < 1. */
function hash(key: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) state = Math.imul(state ^ key.charCodeAt(at), 0x01000193);
  // The low bits of short, similar keys differ most; this spreads them over the whole word.
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return ((state ^ (state >>> 13)) >>> 0) / 0x1_0000_0000;
}
