import { Piscina } from 'piscina';
import type { CollectOutcome, CollectSetup, CollectTask } from '../cadvisor/collectTask.ts';
import { errorText } from '../model/errorText.ts';

/** What became of collecting threads, counted since the start. */
export interface CollectLaneCounts {
  /** Threads that ended by themselves (an uncaught error, out of memory), and were replaced. */
  crashed: number;
  /** Threads that stood still, and were ended and replaced. */
  stuck: number;
}

/** One collecting thread, which has some of the nodes for itself: their connections are its own. */
export interface CollectLane {
  /** Never rejects: where the thread is lost, it is a failure that says so. */
  run(task: CollectTask): Promise<CollectOutcome>;
  /** Ends at once, its connections too; what is under way fails. */
  close(): Promise<void>;
}

/** The thread itself answers at the deadline, late by the parsing of some large answers at most. */
const STUCK_AFTER_MS = 5_000;
/** A thread that is lost is replaced when it is asked for, but not sooner: one that dies at once would take the machine with it. */
const SHORT_LIFE_MS = 1_000;
/** A task is given up so long after its deadline, even where the thread answers others. */
const GIVE_UP_AFTER_MS = 60_000;
/** A timer that is later than this was held up with the whole process. */
const MAX_DELAY_MS = 1_000;

type Fault = keyof CollectLaneCounts;
const SAID: Record<Fault, string> = { crashed: 'crashed', stuck: 'stood still and was ended' };

interface Thread {
  pool: Piscina;
  openedAtMs: number;
  /** When it last answered anything. */
  answeredAtMs: number;
  /** null: it is alive. */
  fault: Fault | null;
}

/**
 * Starts a thread, in a piscina pool of its own so that it can be ended alone. A task a question costs the main thread 26 µs, which at
 * 200 a second for 1,000 nodes needs no batches.
 */
export function startCollectLane(entry: string, setup: CollectSetup, counts: CollectLaneCounts): CollectLane {
  let isClosed = false;
  let thread = open();

  function open(): Thread {
    const pool = new Piscina({
      filename: entry,
      minThreads: 1,
      maxThreads: 1,
      // The default lets an idle worker sleep in Atomics.wait, where its sockets stand still.
      atomics: 'disabled',
      // A node has one question under way; all of them may.
      concurrentTasksPerWorker: Math.max(1, setup.nodes.length),
      workerData: setup,
    });
    const opened: Thread = { pool, openedAtMs: performance.now(), answeredAtMs: Number.NEGATIVE_INFINITY, fault: null };
    // Told of a thread that dies between two tasks.
    pool.on('error', () => lose(opened, 'crashed'));
    return opened;
  }

  function lose(lost: Thread, fault: Fault): void {
    if (lost.fault !== null || isClosed) return;
    lost.fault = fault;
    counts[fault]++;
    void lost.pool.destroy();
  }

  async function run(task: CollectTask): Promise<CollectOutcome> {
    if (isClosed) return failed('stopped');
    if (thread.fault !== null) {
      if (performance.now() - thread.openedAtMs < SHORT_LIFE_MS)
        return failed(`the collecting thread ${SAID[thread.fault]}`);
      thread = open();
    }
    const used = thread;
    const endWatch = watchThread(used, task.leftMs, () => lose(used, 'stuck'));
    try {
      const outcome: CollectOutcome = await used.pool.run(task);
      used.answeredAtMs = performance.now();
      return outcome;
    } catch (error) {
      lose(used, 'crashed');
      if (isClosed) return failed('stopped');
      const why = used.fault === 'stuck' ? '' : `: ${errorText(error)}`;
      return failed(`the collecting thread ${SAID[used.fault ?? 'crashed']}${why}`);
    } finally {
      endWatch();
    }
  }

  return {
    run,
    close: async () => {
      isClosed = true;
      await thread.pool.destroy();
    },
  };
}

function failed(detail: string): CollectOutcome {
  return { ok: false, tooLarge: false, bytes: 0, detail };
}

/**
 * Calls `onStuck` when a task is not answered in time, and nothing else is: a thread with more to do than it can answers late. A process that
 * was stopped wakes up with all its deadlines past and the answers not yet read: it gets the time once more. Returns what ends the watch.
 */
function watchThread(thread: Thread, timeoutMs: number, onStuck: () => void): () => void {
  const giveUpAtMs = performance.now() + timeoutMs + GIVE_UP_AFTER_MS;
  let timer: NodeJS.Timeout;
  const wait = (ms: number) => {
    const dueMs = performance.now() + ms;
    timer = setTimeout(() => {
      const nowMs = performance.now();
      const isBehind = nowMs - thread.answeredAtMs < STUCK_AFTER_MS || nowMs - dueMs > MAX_DELAY_MS;
      if (isBehind && nowMs < giveUpAtMs) wait(STUCK_AFTER_MS);
      else onStuck();
    }, ms);
  };
  wait(timeoutMs + STUCK_AFTER_MS);
  return () => clearTimeout(timer);
}
