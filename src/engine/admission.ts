import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';
import type { PingPool } from './pools.ts';

/** Pings one target, or says `overload` at once. Never rejects. */
export type Probe = (task: PingTask) => Promise<ProbeResult>;

export interface AdmissionCaps {
  /** Pings under way at once; without it the pool's capacity. */
  maxInFlight?: number;
  /** Of these, pings of one target, which differ in deadline or certificate name. */
  maxPerTarget?: number;
}

/** A service has few threads for handshakes: whoever asks with ever other deadlines must not take them all. */
const MAX_PER_TARGET = 4;

interface UnderWay {
  task: PingTask;
  result: Promise<ProbeResult>;
  /** Scheduled, and nobody has asked for it meanwhile. */
  isPatient: boolean;
}

/** Of the same target. */
function isSamePing(a: PingTask, b: PingTask): boolean {
  return a.timeoutMs === b.timeoutMs && a.serverName === b.serverName;
}

/**
 * The gate before the ping pool. Identical pings under way share one: many Consul agents ask for the same service, which then
 * sees one handshake. A scheduled one is under way from its hand-over on, and hurries for whoever joins it. Beyond a cap a ping is
 * refused at once: waiting in the prober must never be taken for a slow service.
 */
export function createProbe(pool: Pick<PingPool, 'capacity' | 'run' | 'hurry'>, caps: AdmissionCaps = {}): Probe {
  const { maxInFlight = pool.capacity, maxPerTarget = MAX_PER_TARGET } = caps;
  /** By URL; of one target at most `maxPerTarget`, no two the same. */
  const underWay = new Map<string, UnderWay[]>();
  let inFlight = 0;

  function start(task: PingTask, url: string, ofTarget: UnderWay[]): Promise<ProbeResult> {
    const end = (answer: ProbeResult) => {
      inFlight--;
      ofTarget.splice(ofTarget.indexOf(started), 1);
      if (ofTarget.length === 0) underWay.delete(url);
      return answer;
    };
    // The pool rejects when its thread dies or the process stops.
    const lose = (error: unknown) =>
      end(failedBeforeConnect(url, 'overload', `the ping worker is gone: ${String(error)}`));
    const result = pool.run(task).then(end, lose);
    const started = { task, result, isPatient: task.startInMs !== undefined };
    inFlight++;
    if (ofTarget.push(started) === 1) underWay.set(url, ofTarget);
    return result;
  }

  function join(shared: UnderWay, task: PingTask): Promise<ProbeResult> {
    if (shared.isPatient && task.startInMs === undefined) {
      shared.isPatient = false;
      pool.hurry(shared.task.target);
    }
    return shared.result;
  }

  return (task) => {
    const url = formatTarget(task.target);
    const ofTarget = underWay.get(url) ?? [];
    const shared = ofTarget.find((other) => isSamePing(other.task, task));
    if (shared) return join(shared, task);
    if (inFlight >= maxInFlight) return refused(url, `${inFlight} pings are under way, the prober's limit`);
    if (ofTarget.length >= maxPerTarget) {
      return refused(url, `${ofTarget.length} pings of this target are under way, the prober's limit for one`);
    }
    return start(task, url, ofTarget);
  };
}

function refused(url: string, limit: string): Promise<ProbeResult> {
  return Promise.resolve(failedBeforeConnect(url, 'overload', `${limit}; this says nothing of the service`));
}
