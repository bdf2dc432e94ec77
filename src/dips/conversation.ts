import type { FailureReason } from '../model/reasons.ts';
import type { ServiceFacts } from '../model/result.ts';
import { decodeDEncode, encodeDEncode } from './dencode.ts';
import { readReturn } from './diracReturn.ts';
import { encodeFrame, type Frame, FrameReader } from './frame.ts';
import { decodeJEncode } from './jencode.ts';
import { readPingValue } from './pingAnswer.ts';
import { WireError, type WireValue } from './wireValue.ts';

/*
 * client: proposal, arguments            both frames in one write (docs/protocol-dips.md §0, §7)
 * server: verdict                        not OK: the only frame
 *         verdict, answer                OK: then the server closes
 * proposal  = S_OK(((service, setup, vo), ("RPC", "ping"), extraCredentials))
 * arguments = S_OK(())
 * verdict and answer = S_OK(value) or S_ERROR(message, errno), as dictionaries in DEncode or JSON
 */

export type Encoding = 'dencode' | 'json';
/** `hosts` says "I am a host" and goes with a host certificate; empty with a proxy or a user's. */
export type ExtraCredentials = 'hosts' | '';

export type Outcome =
  | { ok: true; encoding: Encoding; facts: ServiceFacts }
  | { ok: false; encoding: Encoding | null; reason: FailureReason; detail: string };

const MAX_DETAIL = 2000;
/** Keep-alives a service may send before the answer. None of the recorded ones sends any. */
const MAX_KEEP_ALIVES = 100;

/** No service checks setup and VO (docs/protocol-dips.md §2.1); these are the client's own defaults. */
const SETUP = 'Test';
const VO = 'unknown';

/** The same few services are pinged for ever; encoding takes 15 µs. 200 bytes each; when there are more, all are forgotten. */
const encoded = new Map<string, Buffer>();
const MAX_ENCODED = 20_000;

/** The bytes of a whole ping request: two frames, to be sent in one write. Not to be changed: the next ping gets the same. */
export function encodePingRequest(service: string, extraCredentials: ExtraCredentials): Buffer {
  const key = `${extraCredentials} ${service}`;
  const found = encoded.get(key);
  if (found) return found;
  const request = encodeRequest(service, extraCredentials);
  if (encoded.size >= MAX_ENCODED) encoded.clear();
  encoded.set(key, request);
  return request;
}

function encodeRequest(service: string, extraCredentials: ExtraCredentials): Buffer {
  const proposal = {
    tuple: [{ tuple: [service, SETUP, VO] }, { tuple: ['RPC', 'ping'] }, extraCredentials],
  };
  return Buffer.concat([proposal, { tuple: [] }].map((value) => encodeFrame(encodeOk(value))));
}

function encodeOk(value: Parameters<typeof encodeDEncode>[0]): Buffer {
  return Buffer.from(encodeDEncode({ OK: true, Value: value }));
}

/** The client's side of one ping: bytes in, an outcome out. Knows no socket and no clock. */
export class Conversation {
  readonly #reader = new FrameReader();
  #keepAlives = 0;
  #accepted = false;
  #encoding: Encoding | null = null;

  /** Takes bytes as they arrive, in any pieces. Null until the outcome is known. */
  receive(chunk: Buffer): Outcome | null {
    try {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
        const outcome = this.#takeFrame(frame);
        if (outcome) return outcome;
      }
      return null;
    } catch (error) {
      if (error instanceof WireError) return this.#fail(error.reason, error.message);
      throw error;
    }
  }

  /** The peer closed before an outcome was known. */
  end(): Outcome {
    const missing = this.#accepted ? 'the answer' : 'the verdict on our proposal';
    const partial = this.#reader.pendingBytes > 0 ? ` (${this.#reader.pendingBytes} bytes of a frame had come)` : '';
    return this.#fail('closed_early', `the service closed the connection before ${missing}${partial}`);
  }

  #takeFrame({ keepAlive, body }: Frame): Outcome | null {
    if (keepAlive) {
      if (++this.#keepAlives > MAX_KEEP_ALIVES) throw new WireError('more than 100 keep-alives and no answer');
      return null;
    }
    const { encoding, value } = decodeBody(body);
    this.#encoding = encoding;
    const returned = readReturn(value);
    if (!returned.ok) return this.#fail(this.#reasonOf(returned), returned.message);
    if (this.#accepted) return { ok: true, encoding, facts: readPingValue(returned.value) };
    if (returned.value instanceof Map && returned.value.has('delegate')) {
      return this.#fail('gateway', 'a DISET gateway asks for a delegated proxy: ping the service itself');
    }
    this.#accepted = true;
    return null;
  }

  #reasonOf({ message, isUnauthorized }: { message: string; isUnauthorized: boolean }): FailureReason {
    if (isUnauthorized) return 'unauthorized';
    if (this.#accepted) return 'rpc_error';
    if (message.endsWith('is not up in this server')) return 'wrong_service';
    return message === 'Invalid action proposal' ? 'rpc_protocol' : 'rpc_error';
  }

  #fail(reason: FailureReason, detail: string): Outcome {
    return { ok: false, encoding: this.#encoding, reason, detail: detail.slice(0, MAX_DETAIL) };
  }
}

/** The first byte tells the encoding: a DEncode dictionary begins with `d`, a JSON one with `{`. */
export function decodeBody(body: Buffer): { encoding: Encoding; value: WireValue } {
  if (body[0] === 0x7b) return { encoding: 'json', value: decodeJEncode(body) };
  return { encoding: 'dencode', value: decodeDEncode(body).value };
}
