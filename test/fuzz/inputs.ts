import { encodeFrame } from '../../src/dips/frame.ts';
import { randomBelow, seededRandom } from '../dips/pieces.ts';
import { readTranscripts } from '../dips/transcripts.ts';
import { readVectors } from '../dips/vectors.ts';

/** What a service was recorded to send, and bodies of its frames in both encodings. */
const sessions = readTranscripts().map(({ bytes }) => bytes);
const bodies = [
  ...readVectors('dencode').decode.map(({ b64 = '' }) => Buffer.from(b64, 'base64')),
  ...readVectors('dencode').encode.flatMap(({ results }) => results.map(({ b64 = '' }) => Buffer.from(b64, 'base64'))),
  ...readVectors('jencode').decode.map(({ text = '' }) => Buffer.from(text)),
  ...readVectors('jencode').encode.flatMap(({ results }) => results.map(({ utf8 = '' }) => Buffer.from(utf8))),
];

const TELLING_BYTES = Buffer.from('0123456789+-eEinIbfsultdzZa:{}[]",.\\_ \n\0\xff\x80\x15\x16', 'latin1');
const TELLING_NUMBERS = [
  '-1',
  '-0',
  '0',
  '007',
  '1',
  '99',
  '65535',
  '65536',
  '4294967296',
  '9'.repeat(9),
  '9'.repeat(400),
  '1e400',
];
const MAX_INPUT_BYTES = 40_000;

/** One input: its bytes as a session, and what a frame of it may hold. The same for the same seed and turn. */
export interface FuzzInput {
  session: Buffer;
  body: Buffer;
}

/** Makes the input of one turn; `random` goes on with the turn's numbers. */
export function fuzzInput(seed: number, turn: number): FuzzInput & { random: () => number } {
  const random = seededRandom(seed * 1_000_003 + turn);
  const body = random() < 0.1 ? noise(random) : mutate(pick(bodies, random), random);
  const recorded = mutate(pick(sessions, random), random);
  const framed = Buffer.concat([encodeFrame(Buffer.from('ds2:OKb1s5:Valuene')), encodeFrame(body)]);
  return { body, session: random() < 0.5 ? recorded : framed, random };
}

/** The bytes with one to four changes. */
function mutate(bytes: Buffer, random: () => number): Buffer {
  let changed = bytes;
  for (let changes = 1 + randomBelow(4, random); changes > 0; changes--)
    changed = pick(CHANGES, random)(changed, random);
  return changed.subarray(0, MAX_INPUT_BYTES);
}

/** Ways to spoil bytes. */
const CHANGES: ((bytes: Buffer, random: () => number) => Buffer)[] = [
  (bytes, random) => replace(bytes, random, 1, Buffer.from([randomBelow(256, random)])),
  (bytes, random) => replace(bytes, random, 1, telling(random)),
  (bytes, random) => replace(bytes, random, 0, telling(random)),
  (bytes, random) => replace(bytes, random, randomBelow(20, random), Buffer.alloc(0)),
  (bytes, random) => replace(bytes, random, 0, slice(bytes, random)),
  (bytes, random) => replace(bytes, random, randomBelow(40, random), slice(pick(bodies, random), random)),
  (bytes, random) => replace(bytes, random, 0, Buffer.alloc(1 + randomBelow(3000, random), telling(random))),
  (bytes, random) => bytes.subarray(0, randomBelow(bytes.length + 1, random)),
  (bytes, random) => {
    const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)];
    const number = numbers[randomBelow(numbers.length, random)];
    if (!number) return bytes;
    const extreme = Buffer.from(pick(TELLING_NUMBERS, random));
    return Buffer.concat([bytes.subarray(0, number.index), extreme, bytes.subarray(number.index + number[0].length)]);
  },
];

function replace(bytes: Buffer, random: () => number, length: number, by: Buffer): Buffer {
  const at = randomBelow(bytes.length + 1, random);
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

function slice(bytes: Buffer, random: () => number): Buffer {
  const start = randomBelow(bytes.length + 1, random);
  return bytes.subarray(start, start + randomBelow(200, random));
}

function telling(random: () => number): Buffer {
  return Buffer.from([pick([...TELLING_BYTES], random)]);
}

function noise(random: () => number): Buffer {
  return Buffer.from(Array.from({ length: randomBelow(300, random) }, () => randomBelow(256, random)));
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[randomBelow(from.length, random)] as T;
}
