/** A clock that is never set back, and waits on it. Tests hand in one that they move by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  nowMs(): number;
  /** Calls `run` once, `ms` from now or a little later; the answer takes that back. */
  after(ms: number, run: () => void): () => void;
}

/** The process's own monotonic clock. */
export const MONOTONIC_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
