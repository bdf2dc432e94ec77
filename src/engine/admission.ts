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

/**
 * The gate before the ping pool. Identical pings under way share one: many Consul agents ask for the same service, which then
 * sees one handshake. A scheduled one is under way from its hand-over on, and hurries for whoever joins it. Beyond a cap a ping is
 * refused at once: waiting in the prober must never be taken for a slow service.
 */
export function createProbe(pool: Pick<PingPool, 'capacity' | 'run' | 'hurry'>, caps: AdmissionCaps = {}): Probe {
  const { maxInFlight = pool.capacity, maxPerTarget = MAX_PER_TARGET } = caps;
  /** By URL, then by what else makes a ping another one. */
  const underWay = new Map<string, Map<string, UnderWay>>();
  let inFlight = 0;

  function start(task: PingTask, url: string, variant: string, ofTarget: Map<string, UnderWay>) {
    const end = () => {
      inFlight--;
      ofTarget.delete(variant);
      if (ofTarget.size === 0) underWay.delete(url);
    };
    const result = pool.run(task).then(
      (answer) => {
        end();
        return answer;
      },
      // The pool rejects when its thread dies or the process stops.
      (error) => {
        end();
        return failedBeforeConnect(url, 'overload', `the ping worker is gone: ${String(error)}`);
      },
    );
    inFlight++;
    ofTarget.set(variant, { task, result, isPatient: task.startInMs !== undefined });
    underWay.set(url, ofTarget);
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
    const variant = `${task.timeoutMs} ${task.serverName}`;
    const ofTarget = underWay.get(url) ?? new Map<string, UnderWay>();
    const shared = ofTarget.get(variant);
    if (shared) return join(shared, task);
    if (inFlight >= maxInFlight) return refused(url, `${inFlight} pings are under way, the prober's limit`);
    if (ofTarget.size >= maxPerTarget) {
      return refused(url, `${ofTarget.size} pings of this target are under way, the prober's limit for one`);
    }
    return start(task, url, variant, ofTarget);
  };
}

function refused(url: string, limit: string): Promise<ProbeResult> {
  return Promise.resolve(failedBeforeConnect(url, 'overload', `${limit}; this says nothing of the service`));
}
