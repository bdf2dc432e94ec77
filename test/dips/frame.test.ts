import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, type Frame, FrameReader } from '../../src/dips/frame.ts';
import { WireError } from '../../src/dips/wireValue.ts';
import { cutIntoBytes } from './pieces.ts';

const REFUSED: [name: string, text: string, reason: string, message: RegExp][] = [
  ['ten digits', '1234567890:', 'rpc_protocol', /^expected a frame \(length, colon, body\), got "1234567890:"$/],
  ['a negative length', '-5:hello', 'rpc_protocol', /^expected a frame/],
  ['a signed length', '+5:hello', 'rpc_protocol', /^expected a frame/],
  ['blanks in the length', ' 5:hello', 'rpc_protocol', /^expected a frame/],
  ['no length', ':hello', 'rpc_protocol', /^expected a frame/],
  ['a length of letters', 'abc:hello', 'rpc_protocol', /^expected a frame/],
  ['a body beyond the limit', '65537:', 'rpc_protocol', /^frame of 65537 bytes, at most 65536 are accepted$/],
  ['the largest length there is', '999999999:', 'rpc_protocol', /^frame of 999999999 bytes/],
  [
    'an HTTP answer',
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    'wrong_protocol',
    /HTTP answer: "HTTP\/1\.1 400 Bad Request"$/,
  ],
  ['nearly an HTTP answer', 'HTTX', 'rpc_protocol', /^expected a frame/],
  ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28', 'wrong_protocol', /got a TLS record$/],
  ['a TLS handshake record', '\x16\x03\x01\x00\x05hello', 'wrong_protocol', /got a TLS record$/],
  ['something like a keep-alive', 'dk5:hello', 'rpc_protocol', /^expected a frame, got "dk5:hello"$/],
  ['a keep-alive without a frame', 'dka:hello', 'rpc_protocol', /^expected a frame/],
  ['a keep-alive in a keep-alive', 'dkadka5:hello', 'rpc_protocol', /^expected a frame/],
];

for (const [name, text, reason, message] of REFUSED) {
  test(`refuses ${name}, whole and byte by byte`, () => {
    const bytes = Buffer.from(text, 'latin1');
    assert.throws(() => read([bytes]), { name: 'WireError', reason, message });
    assert.throws(() => read(cutIntoBytes(bytes)), { name: 'WireError', reason });
  });
}

test('cuts frames and keep-alives out of a stream', () => {
  const stream = Buffer.from('5:hellodka2:hi0:003:abc7:un');
  const frames = [
    { keepAlive: false, text: 'hello' },
    { keepAlive: true, text: 'hi' },
    { keepAlive: false, text: '' },
    { keepAlive: false, text: 'abc' },
  ];
  assert.deepEqual(read([stream]), { frames, pendingBytes: 4 });
  assert.deepEqual(read(cutIntoBytes(stream)), { frames, pendingBytes: 4 });
});

test('takes a body up to the limit, and no byte more', () => {
  const reader = new FrameReader(8);
  reader.push(encodeFrame(Buffer.alloc(8)));
  assert.equal(reader.next()?.body.length, 8);
  reader.push(encodeFrame(Buffer.alloc(9)));
  assert.throws(() => reader.next(), WireError);
});

test('a frame that it writes is a frame that it reads', () => {
  const body = Buffer.from('äöü 12:');
  assert.deepEqual(encodeFrame(body), Buffer.from('10:äöü 12:'));
  const reader = new FrameReader();
  reader.push(encodeFrame(body));
  assert.deepEqual(reader.next(), { keepAlive: false, body });
  assert.equal(reader.next(), null);
  assert.equal(reader.pendingBytes, 0);
});

function read(pieces: Buffer[]): { frames: { keepAlive: boolean; text: string }[]; pendingBytes: number } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  }
  return {
    frames: frames.map(({ keepAlive, body }) => ({ keepAlive, text: body.toString() })),
    pendingBytes: reader.pendingBytes,
  };
}
