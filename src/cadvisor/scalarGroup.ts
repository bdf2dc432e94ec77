import { type ByteScan, nextByte, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './byteScan.ts';
import { firstKey, type Key, type KeyTable, nextKey, skipValueOf } from './keyTable.ts';
import { skipNumber, skipString, skipWord } from './skipValue.ts';

/** What kind of text a scalar is. `DIGITS`: at most 15 digits and nothing else, which an integer field takes as they are. */
export const DIGITS = 0;
export const NUMBER = 1;
export const STRING = 2;
export const BOOLEAN = 3;

/** Scalars of a sample that become the fields of one point, or a point each: where their text stands in the body. Filled again and again. */
export interface ScalarGroup {
  count: number;
  readonly keys: Key[];
  readonly starts: number[];
  readonly ends: number[];
  readonly kinds: number[];
}

/** More than 15 digits may be beyond 2^53; more than 19 are beyond int64. */
const MAX_PLAIN_DIGITS = 15;

export function createGroup(): ScalarGroup {
  return { count: 0, keys: [], starts: [], ends: [], kinds: [] };
}

/** Adds an object's scalars to the group; nested objects and arrays are passed over. */
export function readGroup(scan: ByteScan, table: KeyTable, group: ScalarGroup): void {
  for (let key = firstKey(scan, table); key !== null; key = nextKey(scan, table, key)) {
    if (!readScalar(scan, key, group)) skipValueOf(scan, key);
  }
}

/** Adds the next value to the group. False for an object or array, which is left where it is; null is passed over. */
export function readScalar(scan: ByteScan, key: Key, group: ScalarGroup): boolean {
  const byte = nextByte(scan);
  const { bytes, at } = scan;
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return false;
  if (byte === QUOTE) return add(scan, key, group, STRING, skipString(bytes, at));
  if (byte === 0x74 || byte === 0x66) return add(scan, key, group, BOOLEAN, skipWord(bytes, at));
  if (byte === 0x6e) {
    scan.at = skipWord(bytes, at);
    return true;
  }
  const end = plainEnd(bytes, at);
  if (end > at) return add(scan, key, group, DIGITS, end);
  return add(scan, key, group, NUMBER, skipNumber(bytes, at));
}

function add(scan: ByteScan, key: Key, group: ScalarGroup, kind: number, end: number): true {
  const { count } = group;
  group.keys[count] = key;
  group.starts[count] = scan.at;
  group.ends[count] = end;
  group.kinds[count] = kind;
  group.count = count + 1;
  scan.at = end;
  return true;
}

/** The end of a number that is nothing but digits, at most 15; `start` when it is another. */
function plainEnd(bytes: Buffer, start: number): number {
  let at = start;
  let byte = bytes[at];
  if (byte === 0x30) byte = bytes[++at];
  else while (byte !== undefined && byte >= 0x30 && byte <= 0x39) byte = bytes[++at];
  const isPlain = at - start <= MAX_PLAIN_DIGITS && byte !== 0x2e && byte !== 0x65 && byte !== 0x45;
  return isPlain ? at : start;
}
