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
  close(): Promise<void>;
}

export interface ParsePool {
  /** Moves `body` to a worker (it is empty here afterwards) and brings back line protocol. */
  run(task: ParseTask, body: Uint8Array<ArrayBuffer>): Promise<ParseOutcome>;
  close(): Promise<void>;
}

/** Starts the threads that ping, each with a TLS context of its own made of the credential. */
export function startPingPool(credential: Credential, threads = 1): PingPool {
  const pool = new Piscina({
    filename: workerUrl('dipsPing'),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: PINGS_PER_THREAD,
    // The default lets an idle worker sleep in Atomics.wait, where its sockets stand still.
    atomics: 'disabled',
    workerData: credential,
  });
  return {
    capacity: threads * PINGS_PER_THREAD,
    run: (task) => pool.run(task),
    close: () => pool.destroy(),
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
