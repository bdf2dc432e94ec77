import type { Unwritten } from './writeAnswer.ts';

const MAX_MS = 30_000;
const MAX_ALARM_MS = 60_000;

/**
 * How long to leave a server alone after so many failures in a row (at least 1): `firstMs`, doubled with each up to 30 s, up to a minute
 * where only people can help; half of it up to the whole by `random` (0 to 1), so that many writers do not come back at once. Where the
 * server says how long, so long, but never at once.
 */
export function backoffMs(failures: number, failure: Unwritten, firstMs: number, random: number): number {
  if (failure.retryAfterMs !== null) return Math.max(failure.retryAfterMs, firstMs / 2);
  const fullMs = Math.min(firstMs * 2 ** (failures - 1), failure.isAlarm ? MAX_ALARM_MS : MAX_MS);
  return fullMs * (0.5 + random / 2);
}
