/**
 * InfluxDB line protocol, one point a line:
 *
 *   measurement[,tag=value…] field=value[,field=value…] timestamp
 *
 * Grammar as InfluxDB 1.x reads it (influxdb 1.6, models/points.go, and tried on 1.6.7): a comma, space or `=` in a key or tag
 * value is escaped by a `\` before it. Some of its scanners see only the one character before, others take each `\` for a pair with what
 * follows, and nothing makes a `\` a plain one: before one of these characters, a quote, or the end, a `\` cannot be written.
 * A line feed ends the point.
 */
import type { Fields, FieldValue, Point, Tags } from '../model/point.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** The text of tags that were written before: a series' tags are one object, and writing them costs more than the rest of a line. */
const tagTexts = new WeakMap<Tags, string>();

/** One line, `\n` included; '' when no field is left, which InfluxDB would refuse. NaN and infinities cannot be written and are left out. */
export function formatPoint({ measurement, tags, fields, timeNs }: Point): string {
  const fieldText = formatFields(fields);
  return fieldText === '' ? '' : `${measurement}${tagTextOf(tags)} ${fieldText} ${timeNs}\n`;
}

function tagTextOf(tags: Tags): string {
  let text = tagTexts.get(tags);
  if (text === undefined) {
    text = formatTags(tags);
    tagTexts.set(tags, text);
  }
  return text;
}

/** `,key=value…` in the order of the keys' bytes: InfluxDB need not sort them, and one series is one text. */
function formatTags(tags: Tags): string {
  let text = '';
  for (const key of Object.keys(tags).sort(compareBytes)) {
    const name = escapeKey(key);
    const value = escapeKey(tags[key] ?? '');
    if (name !== '' && value !== '') text += `,${name}=${value}`;
  }
  return text;
}

function formatFields(fields: Fields): string {
  let text = '';
  for (const key in fields) {
    const name = escapeKey(key);
    const value = formatValue(fields[key] as FieldValue);
    if (name !== '' && value !== null) text += text === '' ? `${name}=${value}` : `,${name}=${value}`;
  }
  return text;
}

function formatValue(value: FieldValue): string | null {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? `${value}i` : formatLargeNumber(value);
    case 'bigint':
      return formatInteger(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'string':
      return formatString(value);
    default:
      return Number.isFinite(value.float) ? String(value.float) : null;
  }
}

/** A fraction is rounded: an integer field stays one. */
function formatLargeNumber(value: number): string | null {
  return Number.isFinite(value) ? formatInteger(BigInt(Math.round(value))) : null;
}

/** Beyond int64 the nearest int64: InfluxDB 1.x has no unsigned type, and uint64's 18446744073709551615 stands for "unlimited". */
function formatInteger(value: bigint): string {
  if (value > INT64_MAX) return `${INT64_MAX}i`;
  return `${value < INT64_MIN ? INT64_MIN : value}i`;
}

/** Line breaks are written as `\n` and `\r`, as in tags, so that a line stays a line. */
function formatString(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}"`;
}

/**
 * A tag's key or value or a field's key, without the backslashes that cannot be written. Line breaks and tabs become
 * `\n`, `\r`, `\t`, as InfluxData's own client writes them.
 */
function escapeKey(text: string): string {
  if (PLAIN_KEY.test(text)) return text;
  return text
    .replace(/\\+(?=[, ="]|$)/g, '')
    .replace(/[, =]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t');
}

const PLAIN_KEY = /^[\w./:-]*$/;

/** Order of the UTF-8 bytes; JavaScript's own order is of UTF-16 units, which differs beyond U+FFFF. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
