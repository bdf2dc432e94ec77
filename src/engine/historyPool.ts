import { Piscina } from 'piscina';
import { errorText } from '../model/errorText.ts';
import type { HistoryOutcome, HistoryPlace, HistoryQuery, HistoryTask } from '../model/historyTask.ts';
import type { HistoryEntry, TargetHistory, Transition } from '../model/targetState.ts';
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

/** Entries and transitions: stored + dropped + kept = all that were handed over. */
export interface HistoryCounts {
  stored: number;
  /** Lost: the queue was full, or they could not be written. */
  dropped: number;
  /** Waiting to be stored, or being stored. */
  kept: number;
}

/** Told once when storing begins to fail, and once when it works again; a pino logger is one. */
export interface HistoryLog {
  warn(fields: { path: string; detail: string; dropped: number }, message: string): void;
  info(fields: { path: string; dropped: number }, message: string): void;
}

/** The history cannot be opened or read; `message` says why. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

const FLUSH_MS = 1_000;
const FLUSH_ENTRIES = 1_000;
/** 40 s of 10,000 targets that are pinged every 20 s; some 5 MB. */
const MAX_KEPT = 20_000;
const PRUNE_MS = 10_000;
const MAX_WAITING_TASKS = 64;
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

  const queue = createQueue(run, place.path, log);
  const flushing = setInterval(queue.tick, FLUSH_MS);
  const pruning = setInterval(() => void prune(), PRUNE_MS).unref();
  let isPruning = false;

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
      const outcome = await withDeadline(run({ kind: 'query', target, ...query }));
      if (!outcome.ok) throw new HistoryError(`${place.path} cannot be read: ${outcome.detail}`);
      return outcome.history as TargetHistory;
    },
    counts: queue.counts,
    close: async () => {
      clearInterval(flushing);
      clearInterval(pruning);
      await withDeadline(queue.flush().then(() => run({ kind: 'close' })));
      queue.dropRest();
      await pool.destroy();
    },
  };
}

/** What waits to be stored, at most MAX_KEPT; one batch is under way at a time. */
function createQueue(run: (task: HistoryTask) => Promise<HistoryOutcome>, path: string, log: HistoryLog) {
  const counts: HistoryCounts = { stored: 0, dropped: 0, kept: 0 };
  const waiting = { entries: [] as HistoryEntry[], transitions: [] as Transition[] };
  let underWay: Promise<void> | null = null;
  let isFailing = false;

  async function storeBatch(): Promise<void> {
    const entries = waiting.entries.splice(0);
    const transitions = waiting.transitions.splice(0);
    const outcome = await run({ kind: 'append', entries, transitions });
    const size = entries.length + transitions.length;
    counts.kept -= size;
    if (outcome.ok) counts.stored += size;
    else counts.dropped += size;
    tell(outcome);
  }

  function tell(outcome: HistoryOutcome): void {
    const { dropped } = counts;
    if (!outcome.ok && !isFailing) log.warn({ path, detail: outcome.detail, dropped }, 'history cannot be stored');
    if (outcome.ok && isFailing) log.info({ path, dropped }, 'history is stored again');
    isFailing = !outcome.ok;
  }

  async function flush(): Promise<void> {
    while (underWay) await underWay;
    if (waiting.entries.length + waiting.transitions.length === 0) return;
    underWay = storeBatch().finally(() => {
      underWay = null;
    });
    await underWay;
  }

  return {
    counts,
    waiting,
    flush,
    tick: () => {
      if (!underWay) void flush();
    },
    push: <T>(value: T, list: T[]): void => {
      if (counts.kept >= MAX_KEPT) {
        counts.dropped++;
        return;
      }
      list.push(value);
      counts.kept++;
      if (!underWay && list.length >= FLUSH_ENTRIES) void flush();
    },
    dropRest: () => {
      counts.dropped += counts.kept;
      counts.kept = 0;
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
