import type { FailureReason } from '../model/reasons.ts';

/**
 * What a service can put into an answer, whichever encoding it chose.
 * Integers are numbers up to 2^53 and bigints beyond (DEncode; JSON's are numbers throughout).
 * A Date is a naive UTC datetime or date of DIRAC's, cut to milliseconds.
 */
export type WireValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | WireValue[]
  | Map<WireKey, WireValue>;
export type WireKey = null | boolean | number | bigint | string;

/** Bytes that are not DISET. Caught by the conversation and turned into a failure value. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly reason: FailureReason;

  constructor(message: string, reason: FailureReason = 'rpc_protocol') {
    super(message);
    this.reason = reason;
  }
}
