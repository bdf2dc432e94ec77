import { WireError, type WireKey, type WireValue } from './wireValue.ts';

/*
 * value = "n" | "b" ("0" | "1")                  None, bool
 *       | "i" decimal "e" | "I" decimal "e"      int, Python 2 long
 *       | "f" text "e"                           float; the text may hold an exponent: "1e+20", "1.5e-07", "inf", "nan"
 *       | "s" length ":" bytes                   str; length counts bytes
 *       | "u" length ":" utf-8                   Python 2 unicode
 *       | "l" {value} "e" | "t" {value} "e"      list, tuple
 *       | "d" {key value} "e"                    dict
 *       | "z" ("a" | "d" | "t") (list | tuple)   datetime (y,m,d,h,mi,s,µs,None), date (y,m,d), time (h,mi,s,µs,None)
 * Recorded from ten DIRAC releases (docs/protocol-dips.md §9). Stricter than theirs where theirs hangs or guesses: lengths are plain
 * digits within the input, nesting is bounded, a key is a scalar, digits are ASCII without blanks or underscores.
 */

const MAX_DEPTH = 100;
const MAX_INTEGER_DIGITS = 4300;
const MAX_LENGTH_DIGITS = 10;
/** Any number of so many digits is a safe integer. */
const MAX_SAFE_DIGITS = 15;

const END = 0x65; // 'e'
const COLON = 0x3a;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const NOT_ASCII = /[^\x00-\x7f]/;
const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]\d+)?|[+-]?inf(?:inity)?|[+-]?nan)$/i;

/** Decodes the value at the start of `bytes`; what follows it is ignored, as DIRAC does. Throws WireError. */
export function decodeDEncode(bytes: Buffer): { value: WireValue; bytesUsed: number } {
  const text = bytes.toString('latin1');
  const cursor = { bytes, text, isAscii: !NOT_ASCII.test(text), at: 0 };
  return { value: readValue(cursor, 0), bytesUsed: cursor.at };
}

interface Cursor {
  readonly bytes: Buffer;
  /** The same, a character a byte: cutting a string costs a tenth of cutting a buffer, and there are thirty pieces in an answer. */
  readonly text: string;
  readonly isAscii: boolean;
  at: number;
}

function readValue(cursor: Cursor, depth: number): WireValue {
  if (depth > MAX_DEPTH) throw new WireError(`DEncode nested deeper than ${MAX_DEPTH} at byte ${cursor.at}`);
  const tagAt = cursor.at++;
  const tag = cursor.bytes[tagAt];
  switch (tag) {
    case 0x6e: // n
      return null;
    case 0x62: // b
      if (cursor.at >= cursor.bytes.length) throw truncated(cursor);
      return cursor.bytes[cursor.at++] !== 0x30;
    case 0x69: // i
    case 0x49: // I
      return readInteger(cursor);
    case 0x66: // f
      return readFloat(cursor);
    case 0x73: // s
    case 0x75: // u
      return readString(cursor);
    case 0x6c: // l
    case 0x74: // t
      return readSequence(cursor, depth);
    case 0x64: // d
      return readDict(cursor, depth);
    case 0x7a: // z
      return readTime(cursor, depth);
    case undefined:
      throw truncated(cursor);
    default:
      throw new WireError(`DEncode: unknown tag 0x${tag.toString(16).padStart(2, '0')} at byte ${tagAt}`);
  }
}

function readInteger(cursor: Cursor): number | bigint {
  const digits = readDigits(cursor, END, MAX_SAFE_DIGITS);
  if (digits !== null) return digits;
  const text = readUntil(cursor, END, MAX_INTEGER_DIGITS + 1);
  if (!DECIMAL.test(text)) throw new WireError(`DEncode: integer ${JSON.stringify(text)} before byte ${cursor.at}`);
  const number = Number(text);
  // Python has one integer zero: "-0" is not to become JavaScript's negative one.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(text.replace('+', ''));
}

function readFloat(cursor: Cursor): number {
  let text = readUntil(cursor, END, 64);
  const next = cursor.bytes[cursor.at];
  if (next === 0x2b || next === 0x2d) text += `e${readUntil(cursor, END, 16)}`;
  if (!FLOAT.test(text)) throw new WireError(`DEncode: float ${JSON.stringify(text)} before byte ${cursor.at}`);
  const number = Number(text);
  // JavaScript knows Python's words for infinity as little as its nan.
  if (Number.isNaN(number) && /inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return number;
}

function readString(cursor: Cursor): string {
  const lengthAt = cursor.at;
  const length = readDigits(cursor, COLON, MAX_LENGTH_DIGITS);
  const start = cursor.at;
  if (length === null || start + length > cursor.bytes.length) throw badLength(cursor, lengthAt);
  cursor.at += length;
  return cursor.isAscii ? cursor.text.slice(start, cursor.at) : cursor.bytes.toString('utf8', start, cursor.at);
}

function badLength(cursor: Cursor, lengthAt: number): WireError {
  cursor.at = lengthAt;
  const digits = JSON.stringify(readUntil(cursor, COLON, MAX_LENGTH_DIGITS));
  return new WireError(`DEncode: string of length ${digits} at byte ${cursor.at} of ${cursor.bytes.length}`);
}

function readSequence(cursor: Cursor, depth: number): WireValue[] {
  const items: WireValue[] = [];
  while (!takeEnd(cursor)) items.push(readValue(cursor, depth + 1));
  return items;
}

function readDict(cursor: Cursor, depth: number): Map<WireKey, WireValue> {
  const entries = new Map<WireKey, WireValue>();
  while (!takeEnd(cursor)) {
    const keyAt = cursor.at;
    const key = readValue(cursor, depth + 1);
    if (typeof key === 'object' && key !== null) throw new WireError(`DEncode: key at byte ${keyAt} is not a scalar`);
    entries.set(key, readValue(cursor, depth + 1));
  }
  return entries;
}

/** A datetime or a date as Date, a time of day as `HH:MM:SS.ffffff`. */
function readTime(cursor: Cursor, depth: number): Date | string {
  const kind = cursor.bytes[cursor.at++];
  const at = cursor.at;
  const parts = readValue(cursor, depth + 1);
  if (!Array.isArray(parts)) throw new WireError(`DEncode: time at byte ${at} is not a tuple`);
  const fields = parts.at(-1) === null ? parts.slice(0, -1) : parts;
  if (fields.every((field) => typeof field === 'number')) {
    const value = timeFromFields(kind, fields);
    if (value !== null) return value;
  }
  throw new WireError(`DEncode: no valid time at byte ${at}`);
}

function timeFromFields(kind: number | undefined, fields: number[]): Date | string | null {
  if (kind === 0x61 && fields.length >= 3 && fields.length <= 7) return utcDate(fields); // a
  if (kind === 0x64 && fields.length === 3) return utcDate(fields); // d
  if (kind === 0x74 && fields.length <= 4) {
    // t: checked as a time of an arbitrary day
    const [hours = 0, minutes = 0, seconds = 0, micros = 0] = fields;
    if (utcDate([2000, 1, 1, hours, minutes, seconds, micros]) === null) return null;
    const text = [hours, minutes, seconds].map((field) => String(field).padStart(2, '0')).join(':');
    return `${text}.${String(micros).padStart(6, '0')}`;
  }
  return null;
}

/** Null where Python's datetime would refuse the fields (Date would carry 30 February over into March). */
function utcDate(fields: number[]): Date | null {
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, micros = 0] = fields;
  if (year < 1 || year > 9999 || micros < 0 || micros > 999_999) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hours, minutes, seconds, Math.floor(micros / 1000));
  const sameDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCFullYear() === year;
  const sameTime = date.getUTCHours() === hours && date.getUTCMinutes() === minutes && date.getUTCSeconds() === seconds;
  return sameDay && sameTime ? date : null;
}

function takeEnd(cursor: Cursor): boolean {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw truncated(cursor);
  if (byte !== END) return false;
  cursor.at++;
  return true;
}

/**
 * A number of 1 to `maxDigits` digits and `terminator`, both consumed. Null where there is anything else, and nothing is consumed. An answer has thirty of
 * them: cut out and matched they took half of its decoding.
 */
function readDigits(cursor: Cursor, terminator: number, maxDigits: number): number | null {
  const { text, at } = cursor;
  let number = 0;
  for (let end = at; end <= at + maxDigits; end++) {
    const code = text.charCodeAt(end);
    if (code === terminator && end > at) {
      cursor.at = end + 1;
      return number;
    }
    // Beyond the end NaN, which is none either.
    if (!(code >= 0x30 && code <= 0x39)) return null;
    number = number * 10 + code - 0x30;
  }
  return null;
}

/** The text up to `terminator`, which is consumed; the search is bounded so that garbage costs no scan of a whole frame. */
function readUntil(cursor: Cursor, terminator: number, maxBytes: number): string {
  const { text, at } = cursor;
  const limit = Math.min(text.length, at + maxBytes + 1);
  for (let end = at; end < limit; end++) {
    if (text.charCodeAt(end) !== terminator) continue;
    cursor.at = end + 1;
    return text.slice(at, end);
  }
  throw new WireError(`DEncode: no end of the value at byte ${at} within ${maxBytes} bytes`);
}

function truncated(cursor: Cursor): WireError {
  return new WireError(`DEncode: the value ends too early, after ${cursor.bytes.length} bytes`);
}

/** A tuple on the wire: old services hang on lists, so a request holds tuples only. */
export interface Tuple {
  tuple: Encodable[];
}
export type Encodable = null | boolean | number | string | Date | Tuple | { [key: string]: Encodable };

/** Encodes a value as Python 3 services do. A number without a fraction becomes an int; a Date becomes a datetime in UTC. */
export function encodeDEncode(value: Encodable): string {
  if (value === null) return 'n';
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? `i${value}e` : `f${value}e`;
  if (typeof value === 'string') return encodeString(value);
  if (value instanceof Date) return encodeDate(value);
  if (isTuple(value)) return `t${value.tuple.map(encodeDEncode).join('')}e`;
  const entries = Object.entries(value).map(([key, item]) => encodeString(key) + encodeDEncode(item));
  return `d${entries.join('')}e`;
}

function isTuple(value: Tuple | { [key: string]: Encodable }): value is Tuple {
  return Array.isArray(value.tuple);
}

function encodeString(text: string): string {
  return `s${Buffer.byteLength(text)}:${text}`;
}

function encodeDate(date: Date): string {
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds() * 1000];
  return `za${encodeDEncode({ tuple: [...day, ...time, null] })}`;
}
