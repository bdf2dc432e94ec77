import { createProbe, type Probe } from '../engine/admission.ts';
import type { Judge } from '../engine/allowList.ts';
import { guard } from '../engine/gate.ts';
import { startPingPool } from '../engine/pools.ts';
import { createTally } from '../engine/tally.ts';
import { gradeResult } from '../engine/targetState.ts';
import type { PingAnswer } from '../http/frontOptions.ts';
import type { MetricsFacts } from '../http/metricsFacts.ts';
import { createPhaseHistogram } from '../http/phaseHistogram.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';
import type { GradeLimits } from '../model/stateLimits.ts';
import type { CredentialFollow } from './credentialFollow.ts';
import { startMainThreadPings } from './mainThreadPings.ts';

export interface PingerOptions {
  credential: Credential;
  /** Follows the credential's files, where it has any, and hands on what they become. */
  follow?: ((renew: (credential: Credential) => void) => CredentialFollow) | undefined;
  /** Threads that ping; 0: this one does. */
  workers: number;
  maxInFlight: number;
  judge: Judge;
}

/**
 * A ping of which only that it ends is of interest, as it does at once: nobody listens on port 1, and no name is resolved. It is of this
 * machine, is not counted, and asks for no leave.
 */
const PROOF: PingTask = {
  target: { scheme: 'dip', host: '127.0.0.1', port: 1, service: 'Ping/Thread' },
  timeoutMs: 1_000,
  addresses: ['127.0.0.1'],
};

/** What pings: the threads, and before them caps and allow-list; every result is counted. */
export interface Pinger {
  probe: Probe;
  facts(): Pick<MetricsFacts, 'credential' | 'pings' | 'phases' | 'engine' | 'pool'>;
  /** Why it can ping nothing at all, as a sentence; null = it can. */
  notReady(): string | null;
  /**
   * Resolves when as many pings as there are threads, which take them by turns, have ended; rejects where a thread is lost meanwhile, or
   * there is none. A thread that stands still is ended some seconds later, by the engine's own watch.
   */
  prove(): Promise<void>;
  /** What is still under way becomes `overload`. */
  close(): Promise<void>;
}

export function startPinger({ credential, follow, workers, maxInFlight, judge }: PingerOptions): Pinger {
  const pool = workers === 0 ? startMainThreadPings(credential) : startPingPool(credential, workers);
  const following = follow?.(pool.renew) ?? null;
  const admitted = createProbe({ ...pool, run: guard(pool.run, judge) }, { maxInFlight });
  const { tally, add } = createTally();
  const phases = createPhaseHistogram();
  const count = (result: ProbeResult) => {
    add(result);
    phases.observe(result);
    return result;
  };
  return {
    probe: (task) => admitted(task).then(count),
    facts: () => {
      const facts = pool.facts();
      const inFlight = facts.inFlight.reduce((sum, each) => sum + each, 0);
      const engine = { inFlight, maxInFlight };
      return { credential: following?.facts() ?? null, pings: tally, phases, engine, pool: facts };
    },
    notReady: () => {
      if (pool.facts().inFlight.length === 0) return 'no ping thread is alive';
      const notAfterMs = following?.facts().notAfterMs ?? Number.NaN;
      return notAfterMs < Date.now() ? `our own certificate ended at ${new Date(notAfterMs).toISOString()}` : null;
    },
    prove: async () => {
      const threads = pool.facts().inFlight.length;
      if (threads === 0) throw new Error('no ping thread is alive');
      await Promise.all(Array.from({ length: threads }, () => pool.run(PROOF)));
    },
    close: async () => {
      following?.close();
      await pool.close();
    },
  };
}

/** A result as HTTP gets it. `ageMs`: how old it is; null = pinged just now. */
export function toAnswer(result: ProbeResult, ageMs: number | null, limits: GradeLimits): PingAnswer {
  return { result, ageMs, grade: gradeResult(result, limits, Date.now()) };
}
