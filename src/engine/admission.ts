import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';
import type { PingPool } from './pools.ts';

/** Pings one target, or says `overload` at once. Never rejects. */
export type Probe = (task: PingTask) => Promise<ProbeResult>;

/**
 * The gate before the ping pool. Identical pings under way share one: many Consul agents ask for the same service, which then
 * sees one handshake. Beyond the pool's capacity a ping is refused, so that waiting in the prober is never taken for a slow service.
 */
export function createProbe(pool: Pick<PingPool, 'capacity' | 'run'>): Probe {
  const underWay = new Map<string, Promise<ProbeResult>>();
  return (task) => {
    const url = formatTarget(task.target);
    const key = `${url} ${task.timeoutMs} ${task.serverName}`;
    const shared = underWay.get(key);
    if (shared) return shared;
    if (underWay.size >= pool.capacity) {
      const detail = `${underWay.size} pings are under way, the prober's limit; this says nothing of the service`;
      return Promise.resolve(failedBeforeConnect(url, 'overload', detail));
    }
    const result = pool
      .run(task)
      // The pool rejects when its thread dies or the process stops.
      .catch((error) => failedBeforeConnect(url, 'overload', `the ping worker is gone: ${String(error)}`))
      .finally(() => underWay.delete(key));
    underWay.set(key, result);
    return result;
  };
}
