import { resolveHost } from '../dips/connect.ts';
import { ProbeFailure } from '../dips/probeFailure.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';
import type { Probe } from './admission.ts';
import type { Judge } from './allowList.ts';

/**
 * Lets through what the allow-list allows; anything else is `forbidden_target` before anything is sent. A name that is judged by its
 * addresses is resolved here, once, and the ping connects to exactly those: no second answer of a resolver can lead it elsewhere.
 */
export function guard(run: Probe, judge: Judge): Probe {
  return (task) => {
    const verdict = judge(task.target);
    if (verdict === 'allowed') return run(task);
    if ('refused' in verdict) return Promise.resolve(forbidden(task, verdict.refused));
    return runResolved(run, task, verdict.judgeAddresses);
  };
}

async function runResolved(
  run: Probe,
  task: PingTask,
  judgeAddresses: (addresses: readonly string[]) => string | null,
): Promise<ProbeResult> {
  const { host } = task.target;
  const startedAt = performance.now();
  const addresses = await resolveHost(host, task.timeoutMs).catch(asFailure);
  const dnsMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
  if (addresses instanceof ProbeFailure) {
    return withDns(failedBeforeConnect(formatTarget(task.target), addresses.reason, addresses.message), dnsMs);
  }
  const refused = judgeAddresses(addresses);
  if (refused !== null) return forbidden(task, refused);
  return withDns(await run({ ...task, addresses, timeoutMs: Math.max(1, task.timeoutMs - dnsMs) }), dnsMs);
}

function forbidden({ target }: PingTask, detail: string): ProbeResult {
  return failedBeforeConnect(formatTarget(target), 'forbidden_target', detail);
}

function asFailure(error: unknown): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  throw error;
}

/** The result with the time that its name took here. */
function withDns(result: ProbeResult, dnsMs: number): ProbeResult {
  const { timingsMs } = result;
  return { ...result, timingsMs: { ...timingsMs, dns: dnsMs, total: timingsMs.total + dnsMs } };
}
