const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const MAX_MS = 24 * 3_600_000;

/** `500ms`, `10s`, `2m`, `1h` in milliseconds; null where the text is none, or is not above 0 and at most a day. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : 0;
  return ms > 0 && ms <= MAX_MS ? ms : null;
}
