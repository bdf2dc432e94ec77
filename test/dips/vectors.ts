import { readFileSync } from 'node:fs';
import type { WireKey, WireValue } from '../../src/dips/wireValue.ts';

/** A Python value as the vectors write it (their `about`): `t` is its type. */
export type Tagged =
  | { t: 'none' }
  | { t: 'bool'; v: boolean }
  | { t: 'int' | 'long' | 'intsub'; v: string }
  | { t: 'float'; v: string; bits: string }
  | { t: 'str' | 'strsub'; v: string }
  | { t: 'bytes'; b64: string }
  | { t: 'str_surrogateescape'; bytes_b64: string }
  | { t: 'list' | 'tuple'; v: Tagged[] }
  | { t: 'dict' | 'ordereddict'; v: [Tagged, Tagged][] }
  | { t: 'datetime' | 'datetime_utc' | 'date' | 'time'; v: number[] };

/** What one or more releases did: encoded (`b64` or `utf8`), decoded (`value`), or refused (`error`). */
export interface Result {
  eras: string[];
  b64?: string;
  utf8?: string;
  value?: Tagged;
  /** Bytes of the input that the value took. */
  consumed?: number;
  error?: string;
}

export interface Vectors {
  encode: { id: string; value: Tagged; results: Result[] }[];
  /** `b64` for DEncode, `text` for JSON. */
  decode: { id?: string; b64?: string; text?: string; results: Result[] }[];
}

/** The vectors recorded from real DIRAC releases (test/fixtures/dips/README.md). */
export function readVectors(encoding: 'dencode' | 'jencode'): Vectors {
  return JSON.parse(readFileSync(new URL(`../fixtures/dips/${encoding}-vectors.json`, import.meta.url), 'utf8'));
}

/** How a Python value that went through one encoding appears to us, where that is not the same for all of them. */
export interface Mapping {
  integer(digits: string): number | bigint;
  /** What the encoder keeps of a float: Python 2 writes 12 digits. */
  float(value: number): number;
  bytes(bytes: Buffer): WireValue;
  /** Text that holds bytes which are no UTF-8. */
  undecodable(bytes: Buffer): string;
  /** JSON has text keys only. */
  key(key: Tagged): WireKey;
  /** What the encoder keeps of a datetime, in milliseconds: JSON has whole seconds. */
  timeStepMs: number;
}

/** The value we are to decode for one of Python's. A tuple is an array, microseconds are cut. */
export function toWireValue(tagged: Tagged, mapping: Mapping): WireValue {
  switch (tagged.t) {
    case 'none':
      return null;
    case 'bool':
    case 'str':
    case 'strsub':
      return tagged.v;
    case 'int':
    case 'long':
    case 'intsub':
      return mapping.integer(tagged.v);
    case 'float':
      return mapping.float(Buffer.from(tagged.bits, 'hex').readDoubleBE());
    case 'bytes':
      return mapping.bytes(Buffer.from(tagged.b64, 'base64'));
    case 'str_surrogateescape':
      return mapping.undecodable(Buffer.from(tagged.bytes_b64, 'base64'));
    case 'list':
    case 'tuple':
      return tagged.v.map((item) => toWireValue(item, mapping));
    case 'dict':
    case 'ordereddict':
      return new Map(tagged.v.map(([key, item]) => [mapping.key(key), toWireValue(item, mapping)]));
    case 'datetime':
    case 'datetime_utc':
    case 'date':
      return toDate(tagged.v, mapping.timeStepMs);
    case 'time':
      return toTimeText(tagged.v);
  }
}

/** Not Date.UTC: it takes the year 1 for 1901. */
function toDate(fields: number[], stepMs: number): Date {
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0, micros = 0] = fields;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hours, minutes, seconds, Math.floor(micros / 1000 / stepMs) * stepMs);
  return date;
}

function toTimeText([hours, minutes, seconds, micros]: number[]): string {
  const clock = [hours, minutes, seconds].map((field) => `${field}`.padStart(2, '0')).join(':');
  return `${clock}.${`${micros}`.padStart(6, '0')}`;
}
