import { InvalidArgumentError } from 'commander';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const MAX_MS = 24 * 3_600_000;

/** `500ms`, `10s`, `2m`, `1h` in milliseconds; null where the text is none, or is not above 0 and at most a day. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : 0;
  return ms > 0 && ms <= MAX_MS ? ms : null;
}

/** For commander: the same, or a usage error. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('expected a time such as 500ms, 10s or 2m');
  return ms;
}

/** For commander: a whole number from 1 to 10000. */
export function countOption(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 10_000) throw new InvalidArgumentError('expected a whole number from 1 to 10000');
  return count;
}
