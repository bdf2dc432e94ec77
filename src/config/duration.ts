const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 366 * DAY_MS;

/** `500ms`, `10s`, `2m`, `1h` in milliseconds; null where the text is none, or is not above 0 and at most a day. */
export function parseDuration(text: string): number | null {
  return parse(text, DAY_MS);
}

/** The same for what takes longer, `12h` or `30d`: at most 366 days. */
export function parseSpan(text: string): number | null {
  return parse(text, YEAR_MS);
}

function parse(text: string, maxMs: number): number | null {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : 0;
  return ms > 0 && ms <= maxMs ? ms : null;
}
