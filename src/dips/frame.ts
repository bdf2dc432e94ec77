import { WireError } from './wireValue.ts';

/*
 * stream    = { [ "dka" ] frame }          "dka" marks the next frame as a keep-alive (docs/protocol-dips.md §4)
 * frame     = length ":" body              length: 1 to 9 ASCII digits, the number of bytes in body
 * Two streams that are none: an HTTP answer begins with "HTTP/", a TLS record with 0x14 to 0x17, 0x03.
 */

/**
 * A ping answer has about 470 bytes, a refusal with its call stack about 1 kB. As objects a frame takes up to 170 times its
 * size (`{}` repeated in JSON), and the whole pinger is to live within 100 MB.
 */
const MAX_FRAME_BYTES = 1 << 16;

const MAX_LENGTH_DIGITS = 9;
const COLON = 0x3a;
const KEEP_ALIVE = Buffer.from('dka');
const HTTP = Buffer.from('HTTP/');

export interface Frame {
  keepAlive: boolean;
  body: Buffer;
}

/** The body with its length in front, ready to be written. */
export function encodeFrame(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length}:`), body]);
}

/** Cuts a stream that arrives in any pieces into frames. Holds at most twice one frame and the last piece, which is then its own. */
export class FrameReader {
  /** What was pushed and not yet handed out, and behind it room to grow. What was handed out is never written over. */
  #store: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number = MAX_FRAME_BYTES) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      // Mostly an answer comes in one piece.
      this.#store = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#store.length) this.#grow(chunk.length);
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Twice what is needed: joining the pieces one by one would cost seconds where a service sends a large frame in crumbs. */
  #grow(bytes: number): void {
    const pending = this.#pending;
    this.#store = Buffer.allocUnsafe(2 * (pending.length + bytes));
    pending.copy(this.#store);
    this.#start = 0;
    this.#end = pending.length;
  }

  /** Bytes that belong to a frame not yet whole. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  get #pending(): Buffer {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** The next whole frame, or null when more bytes are needed. Throws WireError as soon as the bytes cannot be a frame. */
  next(): Frame | null {
    if (this.#start === this.#end) return null;
    const keepAlive = this.#store[this.#start] === KEEP_ALIVE[0];
    if (keepAlive && !startsWith(this.#pending, KEEP_ALIVE)) {
      throw new WireError(`expected a frame, got ${preview(this.#pending)}`);
    }
    const header = this.#readLength(this.#start + (keepAlive ? KEEP_ALIVE.length : 0));
    if (header === null) return null;
    const end = header.bodyStart + header.length;
    if (this.#end < end) return null;
    this.#start = end;
    return { keepAlive, body: this.#store.subarray(header.bodyStart, end) };
  }

  /** Digit by digit: cut out as a text it took half of what a frame takes. */
  #readLength(start: number): { bodyStart: number; length: number } | null {
    let length = 0;
    for (let at = start; at < this.#end; at++) {
      const byte = this.#store[at] as number;
      if (byte === COLON && at > start) {
        if (length <= this.#maxBytes) return { bodyStart: at + 1, length };
        throw new WireError(`frame of ${length} bytes, at most ${this.#maxBytes} are accepted`);
      }
      const isDigit = byte >= 0x30 && byte <= 0x39;
      if (!isDigit || at - start >= MAX_LENGTH_DIGITS) throwNoFrame(this.#pending);
      length = length * 10 + byte - 0x30;
    }
    return null;
  }
}

function throwNoFrame(bytes: Buffer): void {
  if (startsWith(bytes, HTTP)) {
    if (bytes.length < HTTP.length) return;
    throw new WireError(`expected a DISET frame, got an HTTP answer: ${preview(bytes)}`, 'wrong_protocol');
  }
  const first = bytes[0] as number;
  if (first >= 0x14 && first <= 0x17) {
    throw new WireError('expected a DISET frame in plain TCP, got a TLS record', 'wrong_protocol');
  }
  throw new WireError(`expected a frame (length, colon, body), got ${preview(bytes)}`);
}

/** Whether `bytes` begins with `prefix`, or is a beginning of it. */
function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length);
  return bytes.compare(prefix, 0, length, 0, length) === 0;
}

function preview(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, 40).split('\r\n', 1)[0];
  return JSON.stringify(text);
}
