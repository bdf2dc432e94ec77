import type { HistoryOutcome, HistoryTask } from '../model/historyTask.ts';
import type { HistoryEntry, Transition } from '../model/targetState.ts';

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

const FLUSH_ENTRIES = 1_000;
/** 40 s of 10,000 targets that are pinged every 20 s; some 5 MB. */
const MAX_KEPT = 20_000;

/** What waits to be stored, at most MAX_KEPT; one batch is under way at a time. */
export function createHistoryQueue(run: (task: HistoryTask) => Promise<HistoryOutcome>, path: string, log: HistoryLog) {
  const counts: HistoryCounts = { stored: 0, dropped: 0, kept: 0 };
  const waiting = { entries: [] as HistoryEntry[], transitions: [] as Transition[] };
  let underWay: Promise<void> | null = null;
  let isFailing = false;
  let isClosed = false;

  async function storeBatch(): Promise<void> {
    const entries = waiting.entries.splice(0);
    const transitions = waiting.transitions.splice(0);
    const outcome = await run({ kind: 'append', entries, transitions });
    // Too late: it was counted as dropped.
    if (isClosed) return;
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
      if (isClosed || counts.kept >= MAX_KEPT) {
        counts.dropped++;
        return;
      }
      list.push(value);
      counts.kept++;
      if (!underWay && list.length >= FLUSH_ENTRIES) void flush();
    },
    /** Takes no more, and gives up what is not stored. */
    close: () => {
      isClosed = true;
      counts.dropped += counts.kept;
      counts.kept = 0;
    },
  };
}
