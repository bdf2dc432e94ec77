/** A body and how far it was read. One is made per answer; functions that read move `at`. */
export interface ByteScan {
  /** UTF-8 throughout. */
  readonly bytes: Buffer;
  /** Of the next byte. */
  at: number;
  /** Objects and arrays that are open at `at`. */
  depth: number;
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** cAdvisor's own answers are nested 9 deep. The bound keeps a hostile one from using up the stack. */
export const MAX_DEPTH = 128;

/** The body is no JSON; the message says at which byte and what was expected. Thrown within the scanner only. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

/** `expected` completes "expected …". */
export function faultAt(bytes: Buffer, at: number, expected: string): JsonFault {
  return new JsonFault(`at byte ${at}: expected ${expected}, got ${describeByte(bytes[at])}`);
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return 'the end';
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `the byte 0x${byte.toString(16).padStart(2, '0')}`;
}

/** Where the next byte that is no JSON white space is. */
export function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}

/** Moves to the next byte that is no white space and tells it. */
export function nextByte(scan: ByteScan): number | undefined {
  const byte = scan.bytes[scan.at];
  if (byte !== undefined && byte > 0x20) return byte;
  scan.at = skipSpace(scan.bytes, scan.at);
  return scan.bytes[scan.at];
}

/** Goes into the array whose first byte is the next one. True: an entry is next; false: it was empty and is left. */
export function firstEntry(scan: ByteScan): boolean {
  enter(scan);
  return nextByte(scan) !== CLOSE_BRACKET || leave(scan);
}

/** After an entry. True: another is next; false: that was the last, and the array is left. */
export function nextEntry(scan: ByteScan): boolean {
  const byte = nextByte(scan);
  if (byte === CLOSE_BRACKET) return leave(scan);
  if (byte !== COMMA) throw faultAt(scan.bytes, scan.at, '"," or "]"');
  scan.at++;
  nextByte(scan);
  return true;
}

/** Leaves the object or array whose last byte is the next one. */
export function leave(scan: ByteScan): false {
  scan.at++;
  scan.depth--;
  return false;
}

/** So many bytes are compared one by one: a call of the engine's own routine takes as long, and most differences are among them. */
const LOOPED_BYTES = 64;

/** Whether the bytes from `from` to `to` stand at `at` again. */
export function standsAgain(bytes: Buffer, from: number, to: number, at: number): boolean {
  const end = at + to - from;
  if (end > bytes.length) return false;
  const loopEnd = Math.min(to, from + LOOPED_BYTES);
  for (let index = from, other = at; index < loopEnd; index++, other++) if (bytes[index] !== bytes[other]) return false;
  return loopEnd === to || bytes.compare(bytes, loopEnd, to, at + LOOPED_BYTES, end) === 0;
}

/** Goes into the object or array whose first byte is the next one. */
export function enter(scan: ByteScan): void {
  scan.depth++;
  if (scan.depth > MAX_DEPTH) throw faultAt(scan.bytes, scan.at, `nothing nested deeper than ${MAX_DEPTH}`);
  scan.at++;
}
