import { backoffMs } from './backoff.ts';
import type { Unwritten } from './writeAnswer.ts';

/** Whether the server takes points, and when it is tried again. */
export interface ServerState {
  /** Writes in a row that it did not take. */
  readonly failures: number;
  /** Of the last of them; null where it takes points. */
  readonly failure: Unwritten | null;
  /** By the clock of `failed`; Infinity where it takes points. */
  readonly retryAtMs: number;
  failed(failure: Unwritten, nowMs: number): void;
  accepted(): void;
}

/** Starts with a server that takes points. `firstMs`: as of backoffMs. */
export function createServerState(firstMs: number): ServerState {
  let failures = 0;
  let failure: Unwritten | null = null;
  let retryAtMs = Number.POSITIVE_INFINITY;
  return {
    get failures() {
      return failures;
    },
    get failure() {
      return failure;
    },
    get retryAtMs() {
      return retryAtMs;
    },
    failed: (why, nowMs) => {
      failure = why;
      failures++;
      retryAtMs = nowMs + backoffMs(failures, why, firstMs, Math.random());
    },
    accepted: () => {
      failures = 0;
      failure = null;
      retryAtMs = Number.POSITIVE_INFINITY;
    },
  };
}
