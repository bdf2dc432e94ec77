import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDEncode, type Encodable, encodeDEncode } from '../../src/dips/dencode.ts';
import { WireError, type WireKey } from '../../src/dips/wireValue.ts';
import { type Mapping, readVectors, type Tagged, toWireValue } from './vectors.ts';

/** What newest DIRAC decodes and we refuse on purpose. */
const STRICTER: Readonly<Record<string, string>> = {
  'dec_i 5 e': 'blanks around a number',
  'dec_f 1.5 e': 'blanks around a number',
  bad_i1_000e: 'an underscore in a number',
  wide_float: 'digits that are not ASCII',
  'bad_s5:ab': 'a string longer than the frame, which DIRAC cuts in silence',
  'bad_s5:': 'a string longer than the frame, which DIRAC cuts in silence',
  'bad_s99999999999999999999:a': 'a string longer than the frame, which DIRAC cuts in silence',
  'bad_s-1:abc': 'a negative length, which can send the real decoder round for ever',
  'bad_s 3 :abc': 'blanks in a length',
  'bad_s+3:abc': 'a sign in a length',
  'bad_s1_0:abcdefghij': 'an underscore in a length',
  deep900: 'nesting deeper than 100',
  deep_dict300: 'nesting deeper than 100',
  dict_date_key: 'a key that is no scalar',
};

const PYTHON3: Mapping = {
  integer: (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits)),
  float: (value) => value,
  bytes: (bytes) => bytes.toString('utf8'),
  undecodable: (bytes) => bytes.toString('utf8'),
  key: (key) => toWireValue(key, PYTHON3) as WireKey,
  timeStepMs: 1,
};
const PYTHON2: Mapping = { ...PYTHON3, float: (value) => Number(value.toPrecision(12)) };

const { encode, decode } = readVectors('dencode');

for (const { id = '', b64 = '', results } of decode) {
  test(`decodes as newest DIRAC: ${id}`, () => {
    const bytes = Buffer.from(b64, 'base64');
    const newest = results.find(({ eras }) => eras.includes('v9 py3'));
    const refused = newest?.value === undefined;
    assert.ok(!(refused && id in STRICTER), 'DIRAC refuses it too: it has no place in the table');
    if (refused || id in STRICTER) assert.throws(() => decodeDEncode(bytes), WireError);
    else {
      const value = toWireValue(newest?.value as Tagged, PYTHON3);
      assert.deepEqual(decodeDEncode(bytes), { value, bytesUsed: newest?.consumed });
    }
  });
}

for (const { id, value, results } of encode) {
  for (const { eras, b64 } of results) {
    if (b64 === undefined) continue;
    test(`decodes what ${eras[0]} encodes: ${id}`, () => {
      const bytes = Buffer.from(b64, 'base64');
      if (id in STRICTER) assert.throws(() => decodeDEncode(bytes), WireError);
      else {
        const mapping = eras.some((era) => era.endsWith('py3')) ? PYTHON3 : PYTHON2;
        assert.deepEqual(decodeDEncode(bytes), { value: toWireValue(value, mapping), bytesUsed: bytes.length });
      }
    });
  }
}

test('every entry of the table is a vector', () => {
  const ids = new Set([...encode, ...decode].map(({ id }) => id));
  assert.deepEqual(
    Object.keys(STRICTER).filter((id) => !ids.has(id)),
    [],
  );
});

for (const { id, value, results } of encode) {
  const encodable = toEncodable(value);
  if (encodable === undefined) continue;
  test(`encodes byte for byte as DIRAC on Python 3: ${id}`, () => {
    const newest = results.find(({ eras }) => eras.includes('v9 py3'));
    assert.equal(encodeDEncode(encodable), newest?.utf8);
  });
}

test('what a ping sends is among the encoded vectors', () => {
  const checked = encode.filter(({ value }) => toEncodable(value) !== undefined).map(({ id }) => id);
  for (const id of ['proposal_v6', 's_ok_empty_args_tuple', 'str_ping', 'tuple_mixed'])
    assert.ok(checked.includes(id), id);
});

/** The value as our encoder takes it; undefined where it has no such type (lists, bytes) or another form of a number. */
function toEncodable(tagged: Tagged): Encodable | undefined {
  switch (tagged.t) {
    case 'none':
      return null;
    case 'bool':
    case 'str':
      return tagged.v;
    case 'int':
      return Number.isSafeInteger(Number(tagged.v)) ? Number(tagged.v) : undefined;
    case 'tuple': {
      const items = tagged.v.map(toEncodable).filter((item) => item !== undefined);
      return items.length === tagged.v.length ? { tuple: items } : undefined;
    }
    case 'dict': {
      const entries = tagged.v.map(([key, item]) => [key.t === 'str' ? key.v : undefined, toEncodable(item)]);
      return entries.flat().includes(undefined) ? undefined : Object.fromEntries(entries);
    }
    case 'datetime':
      return (tagged.v[6] ?? 0) % 1000 === 0 ? (toWireValue(tagged, PYTHON3) as Date) : undefined;
    default:
      return undefined;
  }
}
