import { WireError, type WireValue } from './wireValue.ts';

/*
 * JEncode = JSON as Python's json.dumps writes it: NaN, Infinity and -Infinity may stand where a number may.
 * {"__dCls":"dt","obj":"YYYY-MM-DD HH:MM:SS"} datetime in UTC, {"__dCls":"date","obj":"YYYY-MM-DD"} date,
 * {"__dCls":"b64","obj":base64} bytes; any other __dCls names a Python class and is never followed (docs/protocol-dips.md §10).
 */

const MAX_DEPTH = 100;

/** Decodes one JEncode document. Throws WireError. */
export function decodeJEncode(bytes: Buffer): WireValue {
  return reviveValue(parseJson(bytes.toString('utf8')), 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The rare answer that holds Python's NaN or Infinity takes a second, slower way.
  }
  try {
    return JSON.parse(quotePythonFloats(text));
  } catch {
    throw new WireError('JSON: malformed');
  }
}

const FLOATS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Replaces bare NaN, Infinity and -Infinity by objects that reviveValue turns into numbers. Strings are left alone. */
function quotePythonFloats(text: string): string {
  let out = '';
  let copied = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') {
      inString = true;
    } else if (char === 'N' || char === 'I' || char === '-') {
      const word = [...FLOATS.keys()].find((name) => text.startsWith(name, at));
      if (word === undefined) continue;
      out += `${text.slice(copied, at)}{"__dCls":"float","obj":"${word}"}`;
      at += word.length - 1;
      copied = at + 1;
    }
  }
  return out + text.slice(copied);
}

function reviveValue(value: unknown, depth: number): WireValue {
  if (depth > MAX_DEPTH) throw new WireError(`JSON: nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return value.map((item) => reviveValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value as null | boolean | number | string;
  const fields = value as Record<string, unknown>;
  if (fields.__dCls) return reviveClass(fields);
  return new Map(Object.entries(fields).map(([key, item]) => [key, reviveValue(item, depth + 1)]));
}

function reviveClass({ __dCls: name, obj }: Record<string, unknown>): WireValue {
  if (typeof obj === 'string') {
    if (name === 'float') return FLOATS.get(obj) ?? Number.NaN;
    if (name === 'b64') return Buffer.from(obj, 'base64');
    if (name === 'dt' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(obj)) return utcDate(`${obj.replace(' ', 'T')}.000Z`);
    if (name === 'date' && /^\d{4}-\d\d-\d\d$/.test(obj)) return utcDate(`${obj}T00:00:00.000Z`);
  }
  throw new WireError(
    `JSON: no value of class ${JSON.stringify(name)} is accepted as ${JSON.stringify(obj)}`.slice(0, 200),
  );
}

function utcDate(iso: string): Date {
  const date = new Date(iso);
  // Date refuses month 13 but carries 30 February over into March.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new WireError(`JSON: no such date: ${iso}`);
  return date;
}
