import { parseDuration, parseSpan } from '../config/duration.ts';

/** A request that cannot be answered as it is: `status` and the text that says what was wrong and what was expected. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? url : url.slice(0, start);
}

/**
 * The fields of a URL's query. A raw slash and `%2F` are the same; `+` is a plus sign. Of a parameter given twice the last counts.
 * Throws Refusal.
 */
export function parseQuery(url: string): Map<string, string> {
  const fields = new Map<string, string>();
  const start = url.indexOf('?');
  if (start < 0) return fields;
  for (const piece of url.slice(start + 1).split('&')) {
    if (piece === '') continue;
    const [name = '', value, ...more] = piece.split('=');
    if (value === undefined || more.length > 0) {
      throw new Refusal(400, 'Query not understood: expected name=value pairs joined by &');
    }
    fields.set(name, decodePart(value, name));
  }
  return fields;
}

/** Percent-encoded text of a URL, of the part that `name` names. Throws Refusal. */
export function decodePart(text: string, name: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    throw new Refusal(400, `Query not understood: ${name} is not percent-encoded UTF-8`);
  }
}

/** A time such as `5s` in milliseconds; undefined where it is not given. Throws Refusal. */
export function durationField(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  return timeField(fields, name, parseDuration, 'a time such as 500ms, 5s or 2m, at most 24h');
}

/** The same for a longer time, such as `1h` or `7d`. Throws Refusal. */
export function spanField(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  return timeField(fields, name, parseSpan, 'a time such as 10m, 12h or 30d, at most 366d');
}

function timeField(
  fields: ReadonlyMap<string, string>,
  name: string,
  parse: (text: string) => number | null,
  expected: string,
): number | undefined {
  const text = fields.get(name);
  if (text === undefined) return undefined;
  const ms = parse(text);
  if (ms === null) throw new Refusal(400, `${name} ${shown(text)}: expected ${expected}`);
  return ms;
}

/** Text for a message: cut. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Time for the answer's way back, as blackbox_exporter leaves it (`--timeout-offset`). */
const SCRAPE_OFFSET_MS = 500;

/**
 * How long the caller waits: the shorter of `timeout=` and the header `X-Prometheus-Scrape-Timeout-Seconds` less half a second (of a
 * header below one second: half of it). Undefined where neither is given. Throws Refusal.
 */
export function callerTimeoutMs(
  fields: ReadonlyMap<string, string>,
  scrapeTimeout: string | undefined,
): number | undefined {
  const asked = durationField(fields, 'timeout');
  if (scrapeTimeout === undefined) return asked;
  const scrapeMs = Number(scrapeTimeout) * 1000;
  if (!(scrapeMs > 0)) {
    throw new Refusal(
      400,
      `X-Prometheus-Scrape-Timeout-Seconds ${shown(scrapeTimeout)}: expected a number of seconds above 0`,
    );
  }
  return Math.min(asked ?? Number.POSITIVE_INFINITY, Math.max(scrapeMs - SCRAPE_OFFSET_MS, scrapeMs / 2));
}
