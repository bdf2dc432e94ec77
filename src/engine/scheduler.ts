import { firstDueMs, nextDueMs } from './schedule.ts';

/** One thing that recurs: a target's ping, a node's scrape. */
export interface Recurring {
  key: string;
  intervalMs: number;
  /** Must not reject. While it is under way the same key is not started again. */
  run(): Promise<void>;
}

export interface Schedule {
  /** Due times that were skipped because the one before was still under way, or the process stood still. */
  readonly overruns: number;
  /** Starts nothing more and waits for what is under way. */
  close(): Promise<void>;
}

/** Runs each item at its own place in its interval, independently of all others. */
export function startSchedule(items: readonly Recurring[]): Schedule {
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  let overruns = 0;
  let closed = false;

  function arm(item: Recurring, dueMs: number): void {
    if (closed) return;
    timers.set(
      item.key,
      setTimeout(() => fire(item, dueMs), Math.max(0, dueMs - performance.now())),
    );
  }

  function fire(item: Recurring, dueMs: number): void {
    const work = item.run().finally(() => {
      underWay.delete(work);
      const next = nextDueMs(dueMs, item.intervalMs, performance.now());
      overruns += next.overruns;
      arm(item, next.dueMs);
    });
    underWay.add(work);
  }

  for (const item of items) arm(item, firstDueMs(item.key, item.intervalMs, performance.now()));
  return {
    get overruns() {
      return overruns;
    },
    close: async () => {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}
