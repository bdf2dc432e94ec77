import type { Socket } from 'node:net';
import { NO_FACTS, type PhaseTimings, type ProbeResult, type TlsFacts } from '../model/result.ts';
import { formatTarget, type Target } from '../model/target.ts';
import { connectTcp, connectTls, resolveHost } from './connect.ts';
import type { Outcome } from './conversation.ts';
import { Deadline } from './deadline.ts';
import type { Identity } from './identity.ts';
import type { ServerName } from './peerCheck.ts';
import type { PingObserver } from './pingObserver.ts';
import { ProbeFailure } from './probeFailure.ts';

type Phase = Exclude<keyof PhaseTimings, 'total'>;

/** An open connection, ready for a request. */
export interface Connection {
  socket: Socket;
  address: string;
  /** Null: plain TCP. */
  tls: TlsFacts | null;
}

/**
 * Runs one ping within one deadline over all its phases, and sums up. Whatever `work` rejects with is a result with a reason, but for a
 * fault of this program, with which this rejects too.
 */
export async function attemptPing(
  target: Target,
  timeoutMs: number,
  work: (attempt: Attempt) => Promise<Outcome>,
  observer?: PingObserver,
): Promise<ProbeResult> {
  const attempt = new Attempt(target, timeoutMs, observer);
  try {
    return attempt.sumUp(await work(attempt));
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return attempt.sumUp({ ok: false, encoding: null, reason: error.reason, detail: error.message });
  } finally {
    attempt.deadline.end();
  }
}

/**
 * The service dropped us before the handshake's end. That gets one second try: when two services of one DIRAC process are connected to at
 * the same moment, its accept loop serves the last and drops the others (ServiceReactor, seen on 8.0 and 9.1), and DIRAC's own
 * client tries again as well. A service that is really gone refuses the second connection, or drops it too.
 */
function isLostConnection(error: unknown): boolean {
  return error instanceof ProbeFailure && error.reason === 'closed_early';
}

/** One ping on its way: what has been learnt so far, and what is left of its time. */
export class Attempt {
  readonly #target: Target;
  readonly deadline: Deadline;
  readonly #observer: PingObserver | undefined;
  readonly #startedAt = performance.now();
  #phase: Phase | null = null;
  #phaseStartedAt = 0;
  #address: string | null = null;
  #tls: TlsFacts | null = null;
  readonly #timings: PhaseTimings = { dns: null, connect: null, tls: null, rpc: null, total: 0 };

  constructor(target: Target, timeoutMs: number, observer?: PingObserver) {
    this.#target = target;
    this.deadline = new Deadline(timeoutMs);
    this.#observer = observer;
  }

  /**
   * Resolves the target's name and opens TCP and, with an identity, TLS on it; `serverName` and `given` addresses as in PingOptions.
   * Rejects with ProbeFailure, and leaves nothing open then.
   */
  async connect(
    identity: Identity | null,
    serverName: ServerName | undefined,
    given?: readonly string[],
  ): Promise<Connection> {
    const name = serverName === undefined ? this.#target.host : serverName;
    const addresses = given ?? (await this.#resolve());
    this.#observer?.resolved(addresses);
    try {
      return await this.#open(addresses, identity, name);
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      return this.#open(addresses, identity, name);
    }
  }

  /** Takes over what is known of a connection that an earlier ping opened. */
  reuse({ address, tls }: Connection): void {
    this.#address = address;
    this.#tls = tls;
  }

  /**
   * A phase begins, and the one before ends (null: none begins): how long each took is noted. Not a function around each phase: each would
   * leave promises behind, in every ping.
   */
  enter(phase: Phase | null): void {
    const now = performance.now();
    if (this.#phase) this.#timings[this.#phase] = roundMs(now - this.#phaseStartedAt);
    this.#phase = phase;
    this.#phaseStartedAt = now;
  }

  sumUp(outcome: Outcome): ProbeResult {
    this.enter(null);
    return {
      ...(outcome.ok ? outcome.facts : NO_FACTS),
      target: formatTarget(this.#target),
      ok: outcome.ok,
      reason: outcome.ok ? null : outcome.reason,
      detail: outcome.ok ? null : outcome.detail,
      encoding: outcome.encoding,
      address: this.#address,
      timingsMs: { ...this.#timings, total: roundMs(performance.now() - this.#startedAt) },
      tls: this.#tls,
    };
  }

  #resolve(): Promise<readonly string[]> {
    this.enter('dns');
    return resolveHost(this.#target.host, this.deadline.leftMs());
  }

  async #open(addresses: readonly string[], identity: Identity | null, serverName: ServerName): Promise<Connection> {
    this.enter('connect');
    const tcp = await this.#connectFirst(addresses);
    const address = this.#address as string;
    if (!identity) return { socket: tcp, address, tls: null };
    this.enter('tls');
    try {
      const { socket, facts } = await connectTls(tcp, identity, serverName, this.deadline, this.#observer);
      this.#tls = facts;
      return { socket, address, tls: facts };
    } catch (error) {
      tcp.destroy();
      throw error;
    }
  }

  /** The addresses in turn, each given an equal share of the time that is left; the last failure counts. */
  async #connectFirst(addresses: readonly string[]): Promise<Socket> {
    let failure: ProbeFailure | null = null;
    for (const [index, address] of addresses.entries()) {
      this.#address = address;
      try {
        const socket = await this.#connectWithin(address, addresses.length - index);
        this.#observer?.tried(address, null);
        return socket;
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error;
        failure = error;
        this.#observer?.tried(address, error);
      }
    }
    throw failure ?? new ProbeFailure('dns', `${this.#target.host}: resolves to no address`);
  }

  /** Connects to the first of `candidates` addresses that share the time left. */
  #connectWithin(address: string, candidates: number): Promise<Socket> {
    const { port } = this.#target;
    if (candidates === 1) return connectTcp(address, port, this.deadline);
    const share = new Deadline(this.deadline.leftMs() / candidates);
    return connectTcp(address, port, share).finally(() => share.end());
  }
}

/** Microseconds are kept, below that is noise. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
