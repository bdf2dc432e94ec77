import type { ProbeFailure } from './probeFailure.ts';

/** What `explain` is told of a ping while it is under way. Must not throw. */
export interface PingObserver {
  /** The addresses that are tried in turn. */
  resolved(addresses: readonly string[]): void;
  /** A TCP connect ended: with a connection (null) or a failure. */
  tried(address: string, failure: ProbeFailure | null): void;
  sent(bytes: Buffer): void;
  received(bytes: Buffer): void;
}
