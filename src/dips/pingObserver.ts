import type { X509Certificate } from 'node:crypto';
import type { ProbeFailure } from './probeFailure.ts';

/** What `explain` is told of a ping while it is under way. Must not throw. */
export interface PingObserver {
  /** The addresses that are tried in turn. */
  resolved(addresses: readonly string[]): void;
  /** A TCP connect ended: with a connection (null) or a failure. */
  tried(address: string, failure: ProbeFailure | null): void;
  /**
   * The certificates that came in a TLS handshake, the service's own first, whether or not they were believed and the handshake came to
   * its end; behind those that the service sent, what our CA directory has above them. Not called where none came.
   */
  showed(chain: readonly X509Certificate[]): void;
  sent(bytes: Buffer): void;
  received(bytes: Buffer): void;
}
