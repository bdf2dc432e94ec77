import type { Socket } from 'node:net';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { type Attempt, attemptPing } from './attempt.ts';
import { Conversation, encodePingRequest, type Outcome } from './conversation.ts';
import type { Deadline } from './deadline.ts';
import type { Identity } from './identity.ts';
import type { ServerName } from './peerCheck.ts';
import type { PingObserver } from './pingObserver.ts';
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
  /** Who is told of each step. */
  observer?: PingObserver | undefined;
}

/**
 * Pings one DIRAC service over `dips` or `dip`: the function that daemon, one-shot commands and self-ping share.
 * Whatever happens to it is a result with a reason: it rejects on nothing but a fault of this program. Leaves no timer behind.
 */
export async function ping(target: Target, options: PingOptions): Promise<ProbeResult> {
  const { timeoutMs, identity, serverName, addresses, observer } = options;
  const work = async (attempt: Attempt): Promise<Outcome> => {
    const isSecure = target.scheme === 'dips';
    if (isSecure && !identity) throw new ProbeFailure('no_credentials', 'dips needs a certificate and a key');
    const { socket } = await attempt.connect(isSecure ? identity : null, serverName, addresses);
    const request = encodePingRequest(target.service, identity?.extraCredentials ?? '');
    if (observer) socket.on('data', (chunk) => observer.received(chunk));
    observer?.sent(request);
    const sentCertificate = identity?.hasCertificate ?? false;
    attempt.enter('rpc');
    const outcome = await converse(socket, request, attempt.deadline, sentCertificate);
    attempt.enter(null);
    // Without a close_notify: the service, which closes by itself after its answer, does not wait for ours (docs/protocol-dips.md §5).
    socket.destroy();
    return outcome;
  };
  return attemptPing(target, timeoutMs, work, observer);
}

/**
 * A server that speaks HTTP waits for an empty line before it says that what came is no HTTP, DIRAC's own (Tornado) for an hour. Late in
 * the time that is left it gets one: a DIPS service does not read behind the arguments, and one that did not answer by then hangs.
 */
const EMPTY_LINE = '\r\n\r\n';

/** Sends the request in one write and reads until the outcome is known. Never rejects. */
function converse(socket: Socket, request: Buffer, deadline: Deadline, sentCertificate: boolean): Promise<Outcome> {
  const timeoutMs = deadline.leftMs();
  const conversation = new Conversation();
  return new Promise((resolve) => {
    const sayNothingCame = () => {
      const detail = `connected, but no answer to the ping within ${Math.round(timeoutMs)} ms`;
      finish({ ok: false, encoding: null, reason: 'rpc_timeout', detail });
    };
    // The first outcome counts; what the socket says after it is ignored.
    const finish = (outcome: Outcome) => {
      deadline.unwatch();
      resolve(outcome);
    };
    let hasAnswered = false;
    deadline.watch(sayNothingCame, () => {
      if (!hasAnswered) socket.write(EMPTY_LINE);
    });
    socket.on('data', (chunk) => {
      hasAnswered = true;
      const outcome = conversation.receive(chunk);
      if (outcome) finish(outcome);
    });
    socket.on('end', () => finish(conversation.end()));
    socket.on('close', () => finish(conversation.end()));
    const fail = (error: NodeJS.ErrnoException) => {
      // TLS 1.3: a service's refusal of our certificate shows only now, after a handshake that looked fine.
      const failure = readTlsFailure(error, sentCertificate, true);
      finish(failure ? { ok: false, encoding: null, ...failure } : closedBy(conversation, error));
    };
    socket.on('error', fail);
    // What came in one piece with the handshake's end has been read, and its fault told, before we listened.
    if (socket.errored) fail(socket.errored);
    socket.write(request);
  });
}

function closedBy(conversation: Conversation, error: NodeJS.ErrnoException): Outcome {
  const outcome = conversation.end();
  return outcome.ok ? outcome : { ...outcome, detail: `${outcome.detail}: ${error.code ?? error.message}` };
}
