import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Fields, type FieldValue, formatPoint } from '../influx/formatPoint.ts';
import { type ReadField, readLine } from '../influx/referenceParser.ts';

const TIME_NS = 1_795_502_180_000_000_001n;

function lineOf(fields: Fields, tags: Record<string, string | null> = {}): string {
  return formatPoint({ measurement: 'm', tags, fields, timeNs: TIME_NS });
}

test('tags are sorted by their bytes, empty and null ones left out', () => {
  const line = lineOf({ up: 1 }, { zone: 'b', host: 'node-1', '\u{10000}': 'c', '\uffff': 'd', none: null, empty: '' });
  assert.equal(line, `m,host=node-1,zone=b,\uffff=d,\u{10000}=c up=1i ${TIME_NS}\n`);
});

const VALUES: [string, FieldValue, string | null][] = [
  ['an integer', 42, '42i'],
  ['a negative integer', -42, '-42i'],
  ['a bigint beyond 2^53', 9_223_372_036_854_771_712n, '9223372036854771712i'],
  ['uint64 max: becomes int64 max', 18_446_744_073_709_551_615n, '9223372036854775807i'],
  ['below int64', -(2n ** 70n), '-9223372036854775808i'],
  ['a fraction where an integer is due', 1.5, '2i'],
  ['a number beyond int64', 1e300, '9223372036854775807i'],
  ['NaN', Number.NaN, null],
  ['a float', { float: 0.25 }, '0.25'],
  ['a float without fraction', { float: 12 }, '12'],
  ['an infinite float', { float: Number.NEGATIVE_INFINITY }, null],
  ['a boolean', false, 'false'],
  ['a string', 'a "b" \\ c', '"a \\"b\\" \\\\ c"'],
  ['a string of two lines', 'a\nb', '"a\\nb"'],
];
for (const [name, value, expected] of VALUES) {
  test(`field value: ${name}`, () => {
    assert.equal(lineOf({ v: value }), expected === null ? '' : `m v=${expected} ${TIME_NS}\n`);
  });
}

test('a point without a field that can be written is no line', () => {
  assert.equal(lineOf({}), '');
  assert.equal(lineOf({ '': 1, '\\': 2 }), '');
});

/** Names with what the grammar makes special, far more often than chance would have it. */
const unit = fc.oneof(
  fc.constantFrom(',', ' ', '=', '\\', '"', '\n', '\r', '\t', '#', 'é', '💥'),
  fc.string({ maxLength: 1 }),
);
const name = fc.string({ unit }).filter((text) => text !== '__proto__'); // which the reader's plain records cannot hold

const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  name,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => ({ float })),
);

test('what is written reads back the same, whatever the names', () => {
  fc.assert(
    fc.property(fc.dictionary(name, name), fc.dictionary(name, fieldValue), (tags, fields) => {
      fc.pre(areDistinct(tags) && areDistinct(fields));
      const line = lineOf(fields, tags);
      const kept = entriesAsWritten(fields);
      if (kept.length === 0) return assert.equal(line, '');
      assert.equal(line.indexOf('\n'), line.length - 1, 'one line');
      const read = readLine(line.slice(0, -1));
      assert.equal(read.timeNs, TIME_NS);
      const expectedTags = entriesAsWritten(tags)
        .map(([key, value]) => [key, asWritten(value)])
        .filter(([, value]) => value !== '');
      assert.deepEqual(sorted(Object.entries(read.tags)), sorted(expectedTags));
      assert.deepEqual(sorted(Object.entries(read.fields)), sorted(kept.map(([key, value]) => [key, asRead(value)])));
    }),
    { numRuns: 2000, seed: 7 },
  );
});

/** The documented losses: line breaks and tabs become two characters, some backslashes cannot be written. */
function asWritten(text: string): string {
  const kept = text.replace(/\\+(?=[, ="]|$)/g, '');
  return kept.replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
}

/** Two names that are written alike would be one tag or field twice; our own names never are. */
function areDistinct(record: Record<string, unknown>): boolean {
  return new Set(Object.keys(record).map(asWritten)).size === Object.keys(record).length;
}

function entriesAsWritten<V>(record: Record<string, V>): [string, V][] {
  return Object.entries(record)
    .map(([key, value]): [string, V] => [asWritten(key), value])
    .filter(([key]) => key !== '');
}

function asRead(value: FieldValue): ReadField {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return { integer: BigInt(value) };
    case 'boolean':
      return { boolean: value };
    case 'string':
      return { string: value.replace(/\n/g, '\\n').replace(/\r/g, '\\r') };
    default:
      return { float: value.float + 0 }; // -0 is written as 0
  }
}

function sorted<T>(entries: readonly (readonly T[])[]): (readonly T[])[] {
  return [...entries].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}
