import type { ProbeResult } from '../model/result.ts';
import { formatTarget, type Target } from '../model/target.ts';
import type { Probe } from './admission.ts';
import { ResultBook, type Transition } from './results.ts';
import { type Recurring, startSchedule } from './scheduler.ts';

/** A target that is pinged again and again. */
export interface WatchedTarget {
  target: Target;
  intervalMs: number;
  timeoutMs: number;
  serverName?: string | undefined;
}

export interface Watch {
  /** Newest result of each target that has one, in the targets' order. */
  latest(): ProbeResult[];
  /** Pings that were not started because the one before was still under way. */
  readonly overruns: number;
  close(): Promise<void>;
}

/** Pings every target at its interval; hands on each result, and each change between up and down. */
export function startWatch(
  targets: readonly WatchedTarget[],
  probe: Probe,
  onResult: (result: ProbeResult, transition: Transition | null) => void,
): Watch {
  const book = new ResultBook();
  const order = new Map(targets.map(({ target }, index) => [formatTarget(target), index]));
  const items = targets.map(
    ({ target, intervalMs, timeoutMs, serverName }): Recurring => ({
      key: formatTarget(target),
      intervalMs,
      run: async () => {
        const result = await probe({ target, timeoutMs, serverName });
        onResult(result, book.record(result));
      },
    }),
  );
  const schedule = startSchedule(items);
  return {
    latest: () => book.latest().sort((a, b) => (order.get(a.target) ?? 0) - (order.get(b.target) ?? 0)),
    get overruns() {
      return schedule.overruns;
    },
    close: () => schedule.close(),
  };
}
