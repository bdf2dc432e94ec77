import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJEncode } from '../../src/dips/jencode.ts';
import { WireError, type WireKey, type WireValue } from '../../src/dips/wireValue.ts';
import { type Mapping, readVectors, type Tagged, toWireValue } from './vectors.ts';

/** What DIRAC encodes and we refuse on purpose. */
const STRICTER: Readonly<Record<string, string>> = {
  dt_min: 'the year 1 without its zeros, which no parser of a four-digit year takes back',
  date_min: 'the year 1 without its zeros, which no parser of a four-digit year takes back',
};

/** Where we decode another value than DIRAC, and why that does no harm. */
const OTHERWISE: Readonly<Record<string, { value: WireValue; why: string }>> = {
  '{"__dCls": null, "a": 1}': {
    value: keep(null),
    why: 'DIRAC drops an empty __dCls; for us it is a key as any other',
  },
  '{"__dCls": "", "a": 1}': { value: keep(''), why: 'DIRAC drops an empty __dCls; for us it is a key as any other' },
};

const PYTHON3: Mapping = {
  integer: Number,
  float: (value) => value,
  bytes: (bytes) => bytes,
  undecodable: (bytes) => String.fromCharCode(...[...bytes].map((byte) => 0xdc00 + byte)),
  key: jsonKey,
  timeStepMs: 1000,
};
const PYTHON2: Mapping = {
  ...PYTHON3,
  bytes: (bytes) => bytes.toString('utf8'),
  key: (key) => (key.t === 'bool' ? (key.v ? 'True' : 'False') : jsonKey(key)),
};

const { encode, decode } = readVectors('jencode');

for (const { text = '', results } of decode) {
  test(`decodes as newest DIRAC: ${text}`, () => {
    const newest = results.find(({ eras }) => eras.includes('v9 py3'));
    if (newest?.value === undefined) assert.throws(() => decodeJEncode(Buffer.from(text)), WireError);
    else {
      const theirs = toWireValue(newest.value, PYTHON3);
      const ours = OTHERWISE[text]?.value ?? theirs;
      if (text in OTHERWISE) assert.notDeepEqual(ours, theirs, 'no difference any more: it has no place in the table');
      assert.deepEqual(decodeJEncode(Buffer.from(text)), ours);
    }
  });
}

for (const { id, value, results } of encode) {
  for (const { eras, utf8 } of results) {
    if (utf8 === undefined) continue;
    test(`decodes what ${eras[0]} encodes: ${id}`, () => {
      if (id in STRICTER) assert.throws(() => decodeJEncode(Buffer.from(utf8)), WireError);
      else {
        const mapping = eras.some((era) => era.endsWith('py3')) ? PYTHON3 : PYTHON2;
        assert.deepEqual(decodeJEncode(Buffer.from(utf8)), toWireValue(value, mapping));
      }
    });
  }
}

test('every entry of the tables is a vector', () => {
  const known = new Set([...encode.map(({ id }) => id), ...decode.map(({ text }) => text)]);
  const entries = [...Object.keys(STRICTER), ...Object.keys(OTHERWISE)];
  assert.deepEqual(
    entries.filter((entry) => !known.has(entry)),
    [],
  );
});

function keep(className: null | string): WireValue {
  return new Map<WireKey, WireValue>([
    ['__dCls', className],
    ['a', 1],
  ]);
}

/** A key as Python's json.dumps turns it into text. */
function jsonKey(key: Tagged): string {
  if (key.t === 'none') return 'null';
  if (key.t === 'bytes') return Buffer.from(key.b64, 'base64').toString('utf8');
  if ('v' in key && !Array.isArray(key.v)) return String(key.v);
  throw new Error(`json.dumps takes no ${key.t} as a key`);
}
