import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeDEncode, type Encodable, encodeDEncode } from '../../src/dips/dencode.ts';
import { encodeFrame, FrameReader } from '../../src/dips/frame.ts';
import { decodeJEncode } from '../../src/dips/jencode.ts';
import type { WireValue } from '../../src/dips/wireValue.ts';

const SEED = 20_261_124;
const text = fc.string({ unit: 'binary' });
const instant = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
/** Zero has one sign on the wire, and a float without a fraction is written as an integer. */
const number = fc.oneof(fc.maxSafeInteger(), fc.double()).map((value) => value + 0);

const { encodable } = fc.letrec<{ encodable: Encodable }>((tie) => ({
  encodable: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    instant,
    fc.array(tie('encodable'), { maxLength: 5 }).map((tuple) => ({ tuple })),
    fc.dictionary(
      text.filter((key) => key !== 'tuple'),
      tie('encodable'),
      { maxKeys: 5 },
    ),
  ),
}));

test('what DEncode encodes, it decodes', () => {
  const property = fc.property(encodable, (value) => {
    const bytes = Buffer.from(encodeDEncode(value));
    assert.deepEqual(decodeDEncode(bytes), { value: toWireValue(value), bytesUsed: bytes.length });
  });
  fc.assert(property, { seed: SEED, numRuns: 1000 });
});

test('what JSON.stringify writes, JEncode decodes', () => {
  const property = fc.property(fc.jsonValue(), (value) => {
    const json = JSON.stringify(value);
    assert.deepEqual(decodeJEncode(Buffer.from(json)), toWireValue(JSON.parse(json)));
  });
  fc.assert(property, { seed: SEED, numRuns: 1000 });
});

test('a body of any bytes goes through a frame', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => {
    const reader = new FrameReader();
    reader.push(encodeFrame(Buffer.from(body)));
    assert.deepEqual(reader.next(), { keepAlive: false, body: Buffer.from(body) });
    assert.equal(reader.pendingBytes, 0);
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

function toWireValue(value: Encodable | Encodable[]): WireValue {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(toWireValue);
  if (Array.isArray(value.tuple)) return value.tuple.map(toWireValue);
  return new Map(Object.entries(value).map(([key, item]) => [key, toWireValue(item as Encodable)]));
}
