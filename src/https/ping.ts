import { type Attempt, attemptPing } from '../dips/attempt.ts';
import type { Outcome } from '../dips/conversation.ts';
import type { Identity } from '../dips/identity.ts';
import type { PingOptions } from '../dips/ping.ts';
import { ProbeFailure } from '../dips/probeFailure.ts';
import type { ProbeResult } from '../model/result.ts';
import { formatTarget, type Target } from '../model/target.ts';
import type { ConnectionStore } from './connectionStore.ts';
import { pingDiracx } from './diracxDoor.ts';
import { type HttpConnection, speakHttp } from './httpConnection.ts';
import type { Send } from './httpMessage.ts';
import { type HttpObserver, observeSend } from './httpObserver.ts';
import { pingService } from './serviceDoor.ts';

export interface HttpsPingOptions extends PingOptions {
  observer?: HttpObserver | undefined;
}

/**
 * Pings one `https` or `diracx+https` target, as dips/ping.ts does the others: one deadline over all, whatever happens is a result.
 * A connection that is kept from an earlier ping is used again; its phases `dns`, `connect` and `tls` are null then.
 */
export async function pingHttps(
  target: Target,
  { timeoutMs, identity, serverName, addresses, observer }: HttpsPingOptions,
  connections: ConnectionStore,
): Promise<ProbeResult> {
  const work = async (attempt: Attempt): Promise<Outcome> => {
    if (!identity) throw new ProbeFailure('no_credentials', 'https needs a certificate and a key');
    const origin = formatTarget({ ...target, scheme: 'https', service: '' });
    // The name belongs to it, for a connection was checked for one; so does the scheme, for it was opened as somebody.
    const key = JSON.stringify([target.scheme, origin, serverName]);
    const ask = async (connection: HttpConnection) => {
      const outcome = await askOnce(attempt, target, identity, connection, observer);
      connections.keep(key, connection);
      return outcome;
    };
    const kept = connections.take(key, addresses);
    if (kept) {
      attempt.reuse(kept);
      const outcome = await ask(kept).catch(asLostConnection);
      if (outcome) return outcome;
    }
    return ask(speakHttp(await attempt.connect(identity, serverName, addresses), origin));
  };
  return attemptPing(target, timeoutMs, work, observer);
}

/** A service may end a connection that waits whenever it likes, also while our request is on its way: that says nothing of it. */
function asLostConnection(error: unknown): null {
  if (error instanceof ProbeFailure && error.reason === 'closed_early') return null;
  throw error;
}

function askOnce(
  attempt: Attempt,
  target: Target,
  identity: Identity,
  connection: HttpConnection,
  observer: HttpObserver | undefined,
): Promise<Outcome> {
  const ask = (send: Send) =>
    target.scheme === 'https' ? pingService(send, target.service, identity) : pingDiracx(send);
  attempt.enter('rpc');
  return connection.exchange(attempt.deadline, identity.hasCertificate, (send) => ask(observeSend(send, observer)));
}
