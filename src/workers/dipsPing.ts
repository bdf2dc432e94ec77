import { workerData } from 'piscina';
import { buildIdentity, type Identity } from '../dips/identity.ts';
import { ping } from '../dips/ping.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';

/** What the pool gives each worker at its start: the credential, or why there is none. */
export type PingWorkerStart = { credential: Credential } | { noCredentials: string };

/** Built once per thread: a context per ping would cost twelve times the throughput. */
const start = workerData as PingWorkerStart;
const identity: Identity | string = 'credential' in start ? identityOf(start.credential) : start.noCredentials;

/** Thread entry: one ping. Never throws, for one uncaught error would reject every ping under way in this thread. */
export default async function dipsPing({ target, timeoutMs, serverName }: PingTask): Promise<ProbeResult> {
  try {
    if (target.scheme === 'dips' && typeof identity === 'string') {
      return failedBeforeConnect(formatTarget(target), 'no_credentials', identity);
    }
    return await ping(target, { timeoutMs, serverName, identity: typeof identity === 'string' ? null : identity });
  } catch (error) {
    return failedBeforeConnect(formatTarget(target), 'overload', `fault in the ping worker: ${String(error)}`);
  }
}

function identityOf(credential: Credential): Identity | string {
  try {
    return buildIdentity(credential);
  } catch {
    return 'the certificate or its key is not usable for TLS';
  }
}
