import { workerData } from 'piscina';
import { buildIdentity, type Identity } from '../dips/identity.ts';
import { ping } from '../dips/ping.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';

/** Built once per thread: a TLS context per ping would cost twelve times the throughput. */
const identity = identityOf(workerData as Credential);

/** Thread entry: one ping. Never throws, for one uncaught error would reject every ping under way in this thread. */
export default async function dipsPing({ target, ...options }: PingTask): Promise<ProbeResult> {
  try {
    return await ping(target, { ...options, identity });
  } catch (error) {
    return failedBeforeConnect(formatTarget(target), 'overload', `fault in the ping worker: ${String(error)}`);
  }
}

function identityOf(credential: Credential): Identity | null {
  try {
    return buildIdentity(credential);
  } catch {
    // Whoever starts the pool has checked the credential; the thread must live on all the same.
    return null;
  }
}
