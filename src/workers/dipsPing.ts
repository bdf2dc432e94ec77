import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { buildIdentity, type Identity } from '../dips/identity.ts';
import { createProber } from '../https/prober.ts';
import type { Credential } from '../model/credential.ts';
import type { PingRequest, PingTask, ResultMessage } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';

/** Built once per thread: a TLS context per ping would cost twelve times the throughput. */
const prober = createProber(identityOf(workerData as Credential), workerData as Credential);

/** How long results that nobody waits for are kept for others: a message for each costs the main thread more than all else of a ping. */
const PATIENCE_MS = 50;

/**
 * Thread entry: serves pings over the port until it is closed. Requests come, and results go, in batches: what is finished in one turn of
 * the event loop goes in one message, and with it what has waited.
 */
export default async function dipsPing(port: MessagePort): Promise<void> {
  let outbox: ResultMessage[] = [];
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(later);
    port.postMessage(outbox);
    outbox = [];
    soon = undefined;
    later = undefined;
  };
  const answer = async ({ id, task }: PingRequest) => {
    const result = await probe(task);
    outbox.push({ id, result });
    if (!task.isPatient) soon ??= setImmediate(flush);
    else if (soon === undefined) later ??= setTimeout(flush, PATIENCE_MS);
  };
  port.on('message', (requests: PingRequest[]) => {
    for (const request of requests) answer(request);
  });
  await once(port, 'close');
}

/** One ping, over whichever door its target names. Never throws: one uncaught error would end every ping under way in this thread. */
async function probe({ target, isPatient: _, ...options }: PingTask): Promise<ProbeResult> {
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
