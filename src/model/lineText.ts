import type { Tags } from './tags.ts';

/*
 * The parts of a line of InfluxDB line protocol as text:
 *
 *   measurement[,tag=value…] field=value[,field=value…] timestamp
 *
 * Grammar as InfluxDB 1.x reads it (influxdb 1.6, models/points.go, and tried on
 * 1.6.7): a comma, space or `=` in a key or tag value is escaped by a `\` before it. Some of its scanners see only the one character
 * before, others take each `\` for a pair with what follows, and nothing makes a `\` a plain one: before one of these characters, a
 * quote, or the end, a `\` cannot be written. A line feed ends the point.
 */

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const PLAIN_KEY = /^[\w./:-]*$/;

/** `,key=value…` in the order of the keys' bytes: InfluxDB need not sort them, and one series is one text. Empty values are left out. */
export function tagsText(tags: Tags): string {
  let text = '';
  for (const key of Object.keys(tags).sort(compareBytes)) {
    const name = keyText(key);
    const value = keyText(tags[key] ?? '');
    if (name !== '' && value !== '') text += `,${name}=${value}`;
  }
  return text;
}

/**
 * A tag's key or value or a field's key, without the backslashes that cannot be written. Line breaks and tabs become
 * `\n`, `\r`, `\t`, as InfluxData's own client writes them.
 */
export function keyText(text: string): string {
  if (PLAIN_KEY.test(text)) return text;
  return text
    .replace(/\\+(?=[, ="]|$)/g, '')
    .replace(/[, =]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t');
}

/** A string field. Line breaks are written as `\n` and `\r`, as in tags, so that a line stays a line. */
export function stringText(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}"`;
}

/**
 * An integer field; null: NaN and infinities cannot be written. A fraction is rounded: an integer field stays one. Beyond int64 the
 * nearest int64: InfluxDB 1.x has no unsigned type, and uint64's 18446744073709551615 stands for "unlimited".
 */
export function integerText(value: number | bigint): string | null {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return `${value}i`;
    return Number.isFinite(value) ? integerText(BigInt(Math.round(value))) : null;
  }
  if (value > INT64_MAX) return `${INT64_MAX}i`;
  return `${value < INT64_MIN ? INT64_MIN : value}i`;
}

const ASCII = /^[\x20-\x7e]*$/;

/** Order of the UTF-8 bytes; JavaScript's own order is of UTF-16 units, which differs beyond U+FFFF. */
function compareBytes(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
