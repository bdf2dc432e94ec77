import type { FailureReason } from '../model/reasons.ts';

/** An expected failure on the way to an answer; ping() turns it into a result. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
