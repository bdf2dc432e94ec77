/*
 * Which lines a server refuses, out of what it says:
 *
 *   1.x  unable to parse '<line>': <why>        one a line, each line that is bad; nothing was stored
 *   1.x  partial write: <the same> dropped=0    the other lines were stored
 *   1.x  partial write: <why> dropped=N         N lines that it does not name were not stored, the others were
 *   2    as 1.x, but nothing is stored where a line cannot be parsed
 *   3    {"error": …, "data": [{"line_number": 2, "original_line": …, "error_message": …}, …]}    the other lines were stored
 *   3    the same with one object in place of the list: nothing was stored
 *
 * Sources: influxdb 1.6 models/points.go, services/httpd/handler.go, tsdb/store.go, and tried on 1.6.7; influxdb 3 write_lp and its tests.
 * With both kinds of fault in one body 1.x tells of the dropped ones alone.
 */

/** One of InfluxDB 3's `data`; lines are counted from 1. */
export interface RefusedLine {
  line_number: number;
  original_line: string;
  error_message: string;
}

/** `bad`: indexes of the lines that it names. */
export type Refusal =
  | { kind: 'rest stored' | 'nothing stored'; bad: ReadonlySet<number> }
  /** So many lines were dropped, the others stored. */
  | { kind: 'some dropped'; dropped: number }
  | { kind: 'unclear' };

const UNCLEAR: Refusal = { kind: 'unclear' };
const NAMED_LINE = /^(?:.*?: )?unable to parse '(.*)': /s;
const DROPPED = / dropped=(\d+)$/;

/** Reads what a server says of `lines`, which stand without their line feeds. */
export function readRefusal(message: string, lines: readonly string[]): Refusal {
  if (message.startsWith('{')) return readData(message, lines.length);
  const isPartial = message.includes('partial write: ');
  const dropped = isPartial ? Number(DROPPED.exec(message)?.[1] ?? 0) : 0;
  if (dropped > 0) return dropped <= lines.length ? { kind: 'some dropped', dropped } : UNCLEAR;
  const places = placesOf(lines);
  const bad = new Set<number>();
  for (const entry of message.split('\n')) {
    const named = places.get(NAMED_LINE.exec(entry)?.[1] ?? '');
    // What is told but not understood may be a line too.
    if (named === undefined) return UNCLEAR;
    for (const at of named) bad.add(at);
  }
  return { kind: isPartial ? 'rest stored' : 'nothing stored', bad };
}

/** Where each line stands: equal lines are equally bad. */
function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const known = places.get(line);
    if (known) known.push(at);
    else places.set(line, [at]);
  }
  return places;
}

function readData(message: string, count: number): Refusal {
  try {
    const { data } = JSON.parse(message) as { data: RefusedLine | RefusedLine[] };
    const bad = new Set([data].flat().map((line) => line.line_number - 1));
    const isKnown = bad.size > 0 && [...bad].every((at) => Number.isInteger(at) && at >= 0 && at < count);
    return isKnown ? { kind: Array.isArray(data) ? 'rest stored' : 'nothing stored', bad } : UNCLEAR;
  } catch {
    return UNCLEAR;
  }
}
