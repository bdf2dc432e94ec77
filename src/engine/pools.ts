import { Piscina } from 'piscina';
import type { Credential } from '../model/credential.ts';
import type { ParseOutcome, ParseTask } from '../model/parseTask.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';

/** Pings under way in one thread: measured enough to fill it (16 to 64 are), and a bound on what hung services can hold. */
const PINGS_PER_THREAD = 64;
/** A body is parsed in one go: two at a time in a thread would only wait for each other. */
const PARSES_PER_THREAD = 1;
const MAX_WAITING_BODIES = 64;

export interface PingPool {
  /** How many pings can be under way at once; what is handed over beyond it would wait, so admission refuses it first. */
  capacity: number;
  run(task: PingTask): Promise<ProbeResult>;
  /** Uses another credential from now on; pings under way keep theirs. */
  renew(credential: Credential): void;
  close(): Promise<void>;
}

export interface ParsePool {
  /** Moves `body` to a worker (it is empty here afterwards) and brings back line protocol. */
  run(task: ParseTask, body: Uint8Array<ArrayBuffer>): Promise<ParseOutcome>;
  close(): Promise<void>;
}

/**
 * Starts the threads that ping, each with a TLS context of its own made of the credential. A renewed credential gets threads of its
 * own; the old ones end when their last ping is answered, so that no ping is lost or sees half of each.
 */
export function startPingPool(credential: Credential, threads = 1): PingPool {
  let current = startPingThreads(credential, threads);
  const leaving = new Set<Promise<void>>();
  return {
    capacity: threads * PINGS_PER_THREAD,
    run: (task) => current.run(task),
    renew: (renewed) => {
      const left = current.leave().finally(() => leaving.delete(left));
      leaving.add(left);
      current = startPingThreads(renewed, threads);
    },
    close: async () => {
      await Promise.all([current.destroy(), ...leaving]);
    },
  };
}

/** The threads of one credential. `leave` waits for the pings under way: piscina's own close miscounts with several threads. */
function startPingThreads(credential: Credential, threads: number) {
  const pool = new Piscina({
    filename: workerUrl('dipsPing'),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: PINGS_PER_THREAD,
    // The default lets an idle worker sleep in Atomics.wait, where its sockets stand still.
    atomics: 'disabled',
    workerData: credential,
  });
  const underWay = new Set<Promise<ProbeResult>>();
  return {
    run: (task: PingTask): Promise<ProbeResult> => {
      const result: Promise<ProbeResult> = pool.run(task).finally(() => underWay.delete(result));
      underWay.add(result);
      return result;
    },
    leave: async () => {
      await Promise.allSettled(underWay);
      await pool.destroy();
    },
    destroy: () => pool.destroy(),
  };
}

/** Starts the threads that turn cAdvisor bodies into line protocol. */
export function startParsePool({ threads = 1 }: { threads?: number } = {}): ParsePool {
  const pool = new Piscina({
    filename: workerUrl('cadvisorParse'),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: PARSES_PER_THREAD,
    maxQueue: MAX_WAITING_BODIES,
  });
  return {
    run: (task, body) => pool.run({ ...task, body }, { transferList: [body.buffer] }),
    close: () => pool.destroy(),
  };
}

/** Threads are started by file: `.ts` from a checkout, `.js` from the built package. */
function workerUrl(name: string): string {
  const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`../workers/${name}.${suffix}`, import.meta.url).href;
}
