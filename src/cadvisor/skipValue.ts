/**
 * Walks over JSON without reading it, as strictly as JSON.parse (RFC 8259). Functions take where to start and return where the
 * value ends; they throw JsonFault.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  faultAt,
  MAX_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from './byteScan.ts';

const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const SMALL_E = 0x65;
const LARGE_E = 0x45;
const WORDS: Readonly<Record<number, string>> = { 116: 'true', 102: 'false', 110: 'null' };
/** What may follow a `\`, but for `u`. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

/** `depth`: how many objects and arrays are open. */
export function skipValue(bytes: Buffer, start: number, depth: number): number {
  const at = skipSpace(bytes, start);
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at);
    case OPEN_BRACE:
      return skipObject(bytes, at, depth + 1);
    case OPEN_BRACKET:
      return skipArray(bytes, at, depth + 1);
    case 0x74:
    case 0x66:
    case 0x6e:
      return skipWord(bytes, at);
    default:
      return skipNumber(bytes, at);
  }
}

function skipObject(bytes: Buffer, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw faultAt(bytes, start, `nothing nested deeper than ${MAX_DEPTH}`);
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    at = skipString(bytes, at);
    if (bytes[at] !== COLON) at = skipSpace(bytes, at);
    if (bytes[at] !== COLON) throw faultAt(bytes, at, '":"');
    at++;
    let byte = bytes[at];
    // Nearly all values are counters.
    if (byte !== undefined && byte > ZERO && byte <= NINE) {
      do byte = bytes[++at];
      while (byte !== undefined && byte >= ZERO && byte <= NINE);
      if (byte === DOT || byte === SMALL_E || byte === LARGE_E) at = skipFraction(bytes, at);
    } else at = skipValue(bytes, at, depth);
    byte = bytes[at];
    if (byte !== COMMA && byte !== CLOSE_BRACE) {
      at = skipSpace(bytes, at);
      byte = bytes[at];
    }
    at++;
    if (byte === CLOSE_BRACE) return at;
    if (byte !== COMMA) throw faultAt(bytes, at - 1, '"," or "}"');
    if (bytes[at] !== QUOTE) at = skipSpace(bytes, at);
  }
}

function skipArray(bytes: Buffer, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw faultAt(bytes, start, `nothing nested deeper than ${MAX_DEPTH}`);
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = skipSpace(bytes, skipValue(bytes, at, depth));
    const byte = bytes[at++];
    if (byte === CLOSE_BRACKET) return at;
    if (byte !== COMMA) throw faultAt(bytes, at - 1, '"," or "]"');
  }
}

/** `start`: of the opening quote. */
export function skipString(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) throw faultAt(bytes, start, 'a string');
  let at = start + 1;
  for (;;) {
    const byte = bytes[at++];
    if (byte !== undefined && byte > QUOTE && byte !== BACKSLASH) continue;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at = skipEscape(bytes, at);
    else if (byte === undefined || byte < 0x20) throw faultAt(bytes, at - 1, 'the rest of a string');
  }
}

/** `start`: after the `\`. */
function skipEscape(bytes: Buffer, start: number): number {
  if (ESCAPES.has(bytes[start])) return start + 1;
  if (bytes[start] !== 0x75) throw faultAt(bytes, start, 'one of "\\/bfnrtu after a backslash');
  for (let at = start + 1; at < start + 5; at++) {
    if (!isHexDigit(bytes[at])) throw faultAt(bytes, at, 'four hexadecimal digits after \\u');
  }
  return start + 5;
}

function isHexDigit(byte = 0): boolean {
  return (byte >= ZERO && byte <= NINE) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

export function skipWord(bytes: Buffer, start: number): number {
  const word = WORDS[bytes[start] as number] ?? '';
  for (let index = 1; index < word.length; index++) {
    if (bytes[start + index] !== word.charCodeAt(index)) throw faultAt(bytes, start + index, `"${word}"`);
  }
  return start + word.length;
}

/** Whatever begins no other value must be a number. */
export function skipNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  if (bytes[at] === ZERO) at++;
  else at = skipDigits(bytes, at, at === start ? 'a value' : 'a digit');
  return skipFraction(bytes, at);
}

/** What may come after a number's digits: fraction and exponent, or nothing. */
function skipFraction(bytes: Buffer, start: number): number {
  let at = bytes[start] === DOT ? skipDigits(bytes, start + 1, 'a digit') : start;
  if (bytes[at] === SMALL_E || bytes[at] === LARGE_E) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    at = skipDigits(bytes, at, 'a digit');
  }
  return at;
}

/** One or more. */
function skipDigits(bytes: Buffer, start: number, expected: string): number {
  let at = start;
  let byte = bytes[at];
  while (byte !== undefined && byte >= ZERO && byte <= NINE) byte = bytes[++at];
  if (at === start) throw faultAt(bytes, at, expected);
  return at;
}
