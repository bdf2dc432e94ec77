import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { type LaneCounts, startPingLanes } from './pingLanes.ts';
import { workerUrl } from './workerUrl.ts';

/** Measured enough to fill a thread (16 to 64 are). Admission holds the bound: a lane takes what it is given. */
const PINGS_PER_THREAD = 64;

export interface PingPool {
  /** How many pings at once fill the threads; more wait for each other's CPU. */
  capacity: number;
  /** Rejects with LaneLost. */
  run(task: PingTask): Promise<ProbeResult>;
  /** Somebody waits by now for the scheduled ping of this target (the very object): it starts and ends without delay. */
  hurry(target: Target): void;
  /** Uses another credential from now on; pings under way keep theirs. */
  renew(credential: Credential): void;
  facts(): PingPoolFacts;
  close(): Promise<void>;
}

/** What the metrics show of the ping threads. */
export interface PingPoolFacts extends LaneCounts {
  /** Pings under way in each thread of the credential in use. */
  inFlight: number[];
}

/**
 * Starts the threads that ping, each with a TLS context of its own made of the credential. A renewed credential gets threads of its
 * own; the old ones end when their last ping is answered, so that no ping is lost or sees half of each.
 */
export function startPingPool(credential: Credential, threads = 1, entry = workerUrl('dipsPing')): PingPool {
  const counts: LaneCounts = { crashed: 0, stuck: 0, leaked: 0, retried: 0 };
  let current = startPingLanes(credential, threads, counts, entry);
  const leaving = new Set<Promise<void>>();
  return {
    capacity: threads * PINGS_PER_THREAD,
    run: (task) => current.run(task),
    hurry: (target) => current.hurry(target),
    renew: (renewed) => {
      const left = current.leave().finally(() => leaving.delete(left));
      leaving.add(left);
      current = startPingLanes(renewed, threads, counts, entry);
    },
    facts: () => ({ inFlight: current.inFlight(), ...counts }),
    close: async () => {
      await Promise.all([current.close(), ...leaving]);
    },
  };
}
