import { LaneLost } from '../engine/pingLane.ts';
import type { PingPool } from '../engine/pools.ts';
import { createTaskProber } from '../https/taskProber.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';

/** As those of one ping thread. */
const CAPACITY = 64;

/**
 * Pings in this thread, of no schedule: what `serve` does unless it is told otherwise. A ping thread would take 18 MB and hand each ping over and back,
 * for a process that does little else than ping (docs/decisions/0036).
 */
export function startMainThreadPings(credential: Credential): PingPool {
  let prober = createTaskProber(credential);
  let isClosed = false;
  const underWay = new Set<(error: LaneLost) => void>();

  function run(task: PingTask): Promise<ProbeResult> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(new LaneLost('the prober stops'));
      underWay.add(reject);
      void prober.probe(task).then((result) => {
        underWay.delete(reject);
        resolve(result);
      });
    });
  }

  return {
    capacity: CAPACITY,
    run,
    hurry: () => undefined,
    renew: (renewed) => {
      const old = prober;
      prober = createTaskProber(renewed);
      // What it keeps open is closed; its pings under way go on.
      void old.close().catch(() => undefined);
    },
    facts: () => ({ inFlight: [underWay.size], crashed: 0, stuck: 0, leaked: 0, retried: 0 }),
    close: async () => {
      isClosed = true;
      for (const reject of underWay) reject(new LaneLost('the prober stops'));
      underWay.clear();
      await prober.close();
    },
  };
}
