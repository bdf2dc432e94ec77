import { workerData } from 'piscina';
import { buildIdentity, type Identity } from '../dips/identity.ts';
import { createProber } from '../https/prober.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';

/** Built once per thread: a TLS context per ping would cost twelve times the throughput. */
const prober = createProber(identityOf(workerData as Credential), workerData as Credential);

/** Thread entry: one ping, over whichever door its target names. Never throws, for one uncaught error would reject every ping under way in this thread. */
export default async function dipsPing({ target, ...options }: PingTask): Promise<ProbeResult> {
  try {
    return await prober.probe(target, options);
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
