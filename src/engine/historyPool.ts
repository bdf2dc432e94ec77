import { Piscina } from 'piscina';
import { errorText } from '../model/errorText.ts';
import type { HistoryOutcome, HistoryPlace, HistoryQuery, HistoryTask } from '../model/historyTask.ts';
import type { HistoryEntry, TargetHistory, Transition } from '../model/targetState.ts';
import { createHistoryQueue, type HistoryCounts, type HistoryLog } from './historyQueue.ts';
import { workerUrl } from './workerUrl.ts';

/** What was, kept in SQLite by a thread of its own. */
export interface HistoryPool {
  /** Takes an entry over; returns at once and never throws. */
  append(entry: HistoryEntry): void;
  appendTransition(transition: Transition): void;
  /** Newest first, without what is still on its way. Rejects with HistoryError. */
  query(target: string, query: HistoryQuery): Promise<TargetHistory>;
  readonly counts: Readonly<HistoryCounts>;
  /** Stores what is kept as far as its deadline allows, and lets go of the file. */
  close(): Promise<void>;
}

/** The history cannot be opened or read; `message` says why. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

const FLUSH_MS = 1_000;
const PRUNE_MS = 10_000;
/** Under way at once. More must not take the places of what is to be stored. */
const MAX_QUERIES = 32;
const MAX_WAITING_TASKS = MAX_QUERIES + 8;
/** Of a query, and of storing the rest at the end. */
const DEADLINE_MS = 5_000;

/** Opens the history. Rejects with HistoryError where the file cannot be used. */
export async function startHistoryPool(options: HistoryPlace & { log: HistoryLog }): Promise<HistoryPool> {
  const { log, ...place } = options;
  const pool = new Piscina({
    filename: workerUrl('history'),
    minThreads: 1,
    maxThreads: 1,
    maxQueue: MAX_WAITING_TASKS,
    workerData: place,
  });
  const run = (task: HistoryTask): Promise<HistoryOutcome> =>
    pool.run(task).catch((error) => ({ ok: false, detail: errorText(error) }));
  const opened = await run({ kind: 'open' });
  if (!opened.ok) {
    await pool.destroy();
    throw new HistoryError(`${place.path} cannot be used: ${opened.detail}`);
  }

  const queue = createHistoryQueue(run, place.path, log);
  const flushing = setInterval(queue.tick, FLUSH_MS);
  const pruning = setInterval(() => void prune(), PRUNE_MS).unref();
  let isPruning = false;
  let queries = 0;

  /** Step by step, so that what is to be stored or read comes in between. */
  async function prune(): Promise<void> {
    if (isPruning) return;
    isPruning = true;
    let outcome: HistoryOutcome;
    do outcome = await run({ kind: 'prune', nowMs: Date.now() });
    while (outcome.ok && outcome.more);
    isPruning = false;
  }

  return {
    append: (entry) => queue.push(entry, queue.waiting.entries),
    appendTransition: (transition) => queue.push(transition, queue.waiting.transitions),
    query: async (target, query) => {
      if (queries >= MAX_QUERIES)
        throw new HistoryError(`${queries} queries are under way, the limit; ask again later`);
      queries++;
      const answer = run({ kind: 'query', target, ...query }).finally(() => queries--);
      const outcome = await withDeadline(answer);
      if (!outcome.ok) throw new HistoryError(`${place.path} cannot be read: ${outcome.detail}`);
      return outcome.history as TargetHistory;
    },
    counts: queue.counts,
    close: async () => {
      clearInterval(flushing);
      clearInterval(pruning);
      await withDeadline(queue.flush().then(() => run({ kind: 'close' })));
      queue.close();
      await pool.destroy();
    },
  };
}

/** The outcome, or a failure when it does not come in time. */
function withDeadline(outcome: Promise<HistoryOutcome>): Promise<HistoryOutcome> {
  const { promise, resolve } = Promise.withResolvers<HistoryOutcome>();
  const late: HistoryOutcome = { ok: false, detail: `no answer in ${DEADLINE_MS} ms` };
  const timer = setTimeout(() => resolve(late), DEADLINE_MS);
  return Promise.race([outcome, promise]).finally(() => clearTimeout(timer));
}
