import { keyText } from '../model/lineText.ts';
import {
  type ByteScan,
  CLOSE_BRACE,
  COLON,
  COMMA,
  enter,
  faultAt,
  leave,
  nextByte,
  OPEN_BRACE,
  OPEN_BRACKET,
  standsAgain,
} from './byteScan.ts';
import { createPart, type Part } from './part.ts';
import { skipString, skipValue } from './skipValue.ts';

/** The measurement that cAdvisor's InfluxDB driver makes of one number, and the tags it tells it apart by. */
export interface Metric {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** One key of one kind of object. */
export interface Key {
  readonly name: string;
  /** `"name":` as it stands in a body that has no escapes and no white space. */
  readonly token: Buffer;
  /** `,name=`, escaped for line protocol; empty where the name cannot be written. */
  readonly field: Buffer;
  readonly metric: Metric | null;
  /** Beginning of the metric's lines for the container `metricOf`. */
  metricPrefix: Buffer;
  metricOf: object | null;
  /** The key that came after it last time. */
  next: Key | null;
  /** The object it was seen in last (KeyTable.turn). */
  seenIn: number;
  /** Where the value begins and ends that was skipped last. */
  skippedFrom: number;
  skippedTo: number;
  /** Of a sample's key: the value that was read last, and what came of it. */
  readonly part: Part;
}

/** The keys of one kind of object: all that were met in a body, each once. Objects of one kind are never inside each other. */
export interface KeyTable<Name extends string = never> {
  readonly known: Readonly<Record<Name, Key>>;
  readonly keys: Map<string, Key>;
  /** Its `next` is the first key of an object. */
  readonly start: Key;
  /** Counts objects. */
  turn: number;
}

const NO_BYTES = Buffer.alloc(0);

/** A table of the keys that matter (with the metric that is made of each, or null); other keys join it as they are met. */
export function createKeyTable<Name extends string>(metrics: Record<Name, Metric | null>): KeyTable<Name> {
  const names = Object.keys(metrics) as Name[];
  const known = Object.fromEntries(names.map((name) => [name, createKey(name, metrics[name])])) as Record<Name, Key>;
  return { known, keys: new Map<string, Key>(Object.entries(known)), start: createKey('', null), turn: 0 };
}

/** `metric`: what is made of its number. */
export function createKey(name: string, metric: Metric | null): Key {
  const text = keyText(name);
  return {
    name,
    token: Buffer.from(`${JSON.stringify(name)}:`),
    field: text === '' ? NO_BYTES : Buffer.from(`,${text}=`),
    metric,
    metricPrefix: NO_BYTES,
    metricOf: null,
    next: null,
    seenIn: 0,
    skippedFrom: 0,
    skippedTo: 0,
    part: createPart(),
  };
}

/** Forgets what was read of it, but not the key. */
export function forgetValue(key: Key): void {
  key.metricOf = null;
  key.skippedFrom = 0;
  key.skippedTo = 0;
  key.part.container = null;
}

/** Goes into an object, whose first byte is the next one. Its first key, with the value next; null when it is empty. */
export function firstKey(scan: ByteScan, table: KeyTable): Key | null {
  enter(scan);
  table.turn++;
  if (nextByte(scan) !== CLOSE_BRACE) return readKey(scan, table, table.start);
  leave(scan);
  return null;
}

/** The key after `key`, whose value was read; null at the end of the object, which is then left. A key that comes twice is a fault. */
export function nextKey(scan: ByteScan, table: KeyTable, key: Key): Key | null {
  const byte = nextByte(scan);
  if (byte === COMMA) {
    scan.at++;
    return readKey(scan, table, key);
  }
  if (byte !== CLOSE_BRACE) throw faultAt(scan.bytes, scan.at, '"," or "}"');
  leave(scan);
  return null;
}

/** Keys come in the same order in most objects, so that comparing the bytes with the key that came last time is nearly all. */
function readKey(scan: ByteScan, table: KeyTable, before: Key): Key {
  const start = scan.at;
  let key = before.next;
  if (key !== null && standsAt(scan.bytes, start, key.token)) scan.at = start + key.token.length;
  else before.next = key = readOtherKey(scan, table);
  if (key.seenIn === table.turn) throw faultAt(scan.bytes, start, 'every key once');
  key.seenIn = table.turn;
  return key;
}

function standsAt(bytes: Buffer, start: number, token: Buffer): boolean {
  const { length } = token;
  for (let index = 0; index < length; index++) if (bytes[start + index] !== token[index]) return false;
  return true;
}

function readOtherKey(scan: ByteScan, table: KeyTable): Key {
  nextByte(scan);
  const name = readText(scan);
  if (nextByte(scan) !== COLON) throw faultAt(scan.bytes, scan.at, '":"');
  scan.at++;
  let key = table.keys.get(name);
  if (!key) {
    key = createKey(name, null);
    table.keys.set(name, key);
  }
  return key;
}

/** The string whose opening quote is the next byte. */
export function readText(scan: ByteScan): string {
  const start = scan.at;
  scan.at = skipString(scan.bytes, start);
  return textOf(scan.bytes, start, scan.at);
}

/** The text of a whole string token, quotes included. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
}

/**
 * Moves over the value of `key`. Much of a sample is the same as in the sample before (2.3 kB of 3.7 are counters that cAdvisor
 * has switched off): an object that repeats, byte for byte, the one that was walked over last need not be walked over again.
 */
export function skipValueOf(scan: ByteScan, key: Key): void {
  const byte = nextByte(scan);
  const { bytes, at } = scan;
  const isNested = byte === OPEN_BRACE || byte === OPEN_BRACKET;
  const { skippedFrom, skippedTo } = key;
  if (isNested && skippedTo > skippedFrom && standsAgain(bytes, skippedFrom, skippedTo, at)) {
    scan.at = at + skippedTo - skippedFrom;
    return;
  }
  scan.at = skipValue(bytes, at, scan.depth);
  if (!isNested) return;
  key.skippedFrom = at;
  key.skippedTo = scan.at;
}
