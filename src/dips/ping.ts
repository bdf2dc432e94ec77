import type { Socket } from 'node:net';
import { NO_FACTS, type PhaseTimings, type ProbeResult, type TlsFacts } from '../model/result.ts';
import { formatTarget, type Target } from '../model/target.ts';
import { connectTcp, connectTls, resolveHost } from './connect.ts';
import { Conversation, encodePingRequest, type Outcome } from './conversation.ts';
import type { Identity } from './identity.ts';
import type { ServerName } from './peerCheck.ts';
import { ProbeFailure } from './probeFailure.ts';
import { readTlsFailure } from './tlsFailure.ts';

export interface PingOptions {
  /** For the whole ping, from the name's resolution to the answer's last byte. */
  timeoutMs: number;
  /** Needed for `dips`, unused for `dip`. */
  identity: Identity | null;
  /** The name to check the service's certificate for; undefined = the target's host, null = no name is checked. */
  serverName?: ServerName | undefined;
  /** Where to connect to, in turn; undefined = where the target's host resolves to. */
  addresses?: readonly string[] | undefined;
}

/**
 * Pings one DIRAC service: the function that daemon, one-shot commands and self-ping share.
 * Whatever happens to it is a result with a reason: it rejects on nothing but a fault of this program. Leaves no timer behind.
 */
export async function ping(target: Target, options: PingOptions): Promise<ProbeResult> {
  const attempt = new Attempt(target, options);
  const outcome = await attempt.run().catch(asOutcome);
  return attempt.finish(outcome);
}

function asOutcome(error: unknown): Outcome {
  if (!(error instanceof ProbeFailure)) throw error;
  return { ok: false, encoding: null, reason: error.reason, detail: error.message };
}

/**
 * The service dropped us before the handshake's end. That gets one second try: when two services of one DIRAC process are connected to at
 * the same moment, its accept loop serves the last and drops the others (ServiceReactor, seen on 8.0 and 9.1), and DIRAC's own
 * client tries again as well. A service that is really gone refuses the second connection, or drops it too.
 */
function isLostConnection(error: unknown): boolean {
  return error instanceof ProbeFailure && error.reason === 'closed_early';
}

/** One ping on its way: what has been learnt so far, and the phase it is in. */
class Attempt {
  readonly #target: Target;
  readonly #options: PingOptions;
  readonly #startedAt = performance.now();
  #address: string | null = null;
  #socket: Socket | null = null;
  #tls: TlsFacts | null = null;
  readonly #timings: PhaseTimings = { dns: null, connect: null, tls: null, rpc: null, total: 0 };

  constructor(target: Target, options: PingOptions) {
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<Outcome> {
    const { scheme, host, service } = this.#target;
    const { identity } = this.#options;
    if (scheme === 'dips' && !identity) throw new ProbeFailure('no_credentials', 'dips needs a certificate and a key');
    const addresses =
      this.#options.addresses ?? (await this.#time('dns', (timeoutMs) => resolveHost(host, timeoutMs)));
    const socket = await this.#connect(addresses).catch((error) => {
      if (!isLostConnection(error)) throw error;
      return this.#connect(addresses);
    });
    const request = encodePingRequest(service, identity?.extraCredentials ?? '');
    return this.#time('rpc', (timeoutMs) => converse(socket, request, timeoutMs, identity?.hasCertificate ?? false));
  }

  /** Opens TCP and, for `dips`, TLS on it. */
  async #connect(addresses: readonly string[]): Promise<Socket> {
    const { scheme, host } = this.#target;
    const { identity, serverName } = this.#options;
    const tcp = await this.#time('connect', () => this.#connectFirst(addresses));
    this.#socket = tcp;
    if (scheme === 'dip' || !identity) return tcp;
    const name = serverName === undefined ? host : serverName;
    const secure = await this.#time('tls', (timeoutMs) => connectTls(tcp, identity, name, timeoutMs));
    this.#socket = secure.socket;
    this.#tls = secure.facts;
    return secure.socket;
  }

  /** Closes the connection, politely where the service did its part, and sums up. */
  finish(outcome: Outcome): ProbeResult {
    if (outcome.ok) this.#socket?.destroySoon();
    else this.#socket?.destroy();
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

  /** The addresses in turn, each given an equal share of the time that is left; the last failure counts. */
  async #connectFirst(addresses: readonly string[]): Promise<Socket> {
    let failure = new ProbeFailure('dns', `${this.#target.host}: resolves to no address`);
    for (const [index, address] of addresses.entries()) {
      this.#address = address;
      try {
        return await connectTcp(address, this.#target.port, this.#remainingMs() / (addresses.length - index));
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Runs one phase within what is left of the deadline, and notes how long it took. */
  async #time<T>(phase: keyof PhaseTimings, work: (timeoutMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work(this.#remainingMs());
    } finally {
      this.#timings[phase] = roundMs(performance.now() - startedAt);
    }
  }

  #remainingMs(): number {
    return Math.max(1, this.#options.timeoutMs - (performance.now() - this.#startedAt));
  }
}

/** Sends the request in one write and reads until the outcome is known. Never rejects. */
function converse(socket: Socket, request: Buffer, timeoutMs: number, sentCertificate: boolean): Promise<Outcome> {
  const conversation = new Conversation();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const detail = `connected, but no answer to the ping within ${Math.round(timeoutMs)} ms`;
      finish({ ok: false, encoding: null, reason: 'rpc_timeout', detail });
    }, timeoutMs);
    // The first outcome counts; what the socket says after it is ignored.
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    socket.on('data', (chunk) => {
      const outcome = conversation.receive(chunk);
      if (outcome) finish(outcome);
    });
    socket.on('end', () => finish(conversation.end()));
    socket.on('close', () => finish(conversation.end()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // TLS 1.3: a service's refusal of our certificate shows only now, after a handshake that looked fine.
      const failure = readTlsFailure(error, sentCertificate, true);
      finish(failure ? { ok: false, encoding: null, ...failure } : closedBy(conversation, error));
    });
    socket.write(request);
  });
}

function closedBy(conversation: Conversation, error: NodeJS.ErrnoException): Outcome {
  const outcome = conversation.end();
  return outcome.ok ? outcome : { ...outcome, detail: `${outcome.detail}: ${error.code ?? error.message}` };
}

/** Microseconds are kept, below that is noise. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
