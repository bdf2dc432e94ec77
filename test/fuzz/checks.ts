import assert from 'node:assert/strict';
import { Conversation } from '../../src/dips/conversation.ts';
import { decodeDEncode } from '../../src/dips/dencode.ts';
import { FrameReader } from '../../src/dips/frame.ts';
import { decodeJEncode } from '../../src/dips/jencode.ts';
import { WireError, type WireValue } from '../../src/dips/wireValue.ts';
import { cutAtRandom, cutIntoBytes } from '../dips/pieces.ts';
import type { FuzzInput } from './inputs.ts';

const RANDOM_SPLITS = 3;
/** Longer sessions are cut at random places only: byte by byte they take most of the time. */
const MAX_BYTE_BY_BYTE = 1_000;

/** Throws where any part of the client does anything with the input but give a value or a WireError, or depends on its pieces. */
export function check({ session, body }: FuzzInput, random: () => number): void {
  valueOrWireError(() => {
    const { value, bytesUsed } = decodeDEncode(body);
    assert.ok(bytesUsed >= 1 && bytesUsed <= body.length, `used ${bytesUsed} of ${body.length} bytes`);
    assertWireValue(value);
  });
  valueOrWireError(() => assertWireValue(decodeJEncode(body)));
  const splits = Array.from({ length: RANDOM_SPLITS }, () => cutAtRandom(session, random));
  if (session.length <= MAX_BYTE_BY_BYTE) splits.push(cutIntoBytes(session));
  for (const follow of [readFrames, converse]) {
    const whole = follow([session]);
    for (const pieces of splits) assert.deepEqual(follow(pieces), whole);
  }
}

function valueOrWireError(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}

function assertWireValue(value: WireValue): void {
  if (value instanceof Date) assert.ok(!Number.isNaN(value.getTime()), 'an invalid date');
  else if (Array.isArray(value)) value.forEach(assertWireValue);
  else if (value instanceof Map) for (const pair of value) pair.forEach(assertWireValue);
  else assert.ok(value !== undefined && (typeof value !== 'object' || value === null || value instanceof Uint8Array));
}

/** All frames, and the reason that ended them or what was left over. */
function readFrames(pieces: Buffer[]): unknown {
  const reader = new FrameReader();
  const frames: string[] = [];
  try {
    for (const piece of pieces) {
      reader.push(piece);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        frames.push(`${frame.keepAlive} ${frame.body.toString('latin1')}`);
      }
    }
  } catch (error) {
    if (error instanceof WireError) return { frames, reason: error.reason };
    throw error;
  }
  return { frames, pendingBytes: reader.pendingBytes };
}

/** The outcome, without the words for people: they quote the bytes that had come. */
function converse(pieces: Buffer[]): unknown {
  const conversation = new Conversation();
  for (const piece of pieces) {
    const outcome = conversation.receive(piece);
    if (outcome) return { ...outcome, detail: null };
  }
  return conversation.end();
}
