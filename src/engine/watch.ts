import { isDeepStrictEqual } from 'node:util';
import type { ProbeResult } from '../model/result.ts';
import type { StateLimits } from '../model/stateLimits.ts';
import { formatTarget, type Target } from '../model/target.ts';
import type { TargetStatus, Transition } from '../model/targetState.ts';
import type { Probe } from './admission.ts';
import { type Clock, MONOTONIC_CLOCK } from './clock.ts';
import { type ScheduleOptions, startSchedule } from './scheduler.ts';
import { openPage, type TargetPage } from './targetPage.ts';

/** A target that is pinged again and again. */
export interface WatchedTarget {
  target: Target;
  intervalMs: number;
  timeoutMs: number;
  serverName?: string | undefined;
  limits: StateLimits;
}

export interface WatchOptions {
  targets: readonly WatchedTarget[];
  probe: Probe;
  clock?: Clock;
  jitter?: ScheduleOptions['jitter'];
  /** Each result as it comes, also one that says nothing of the service. `atMs`: when it ended, since 1970. */
  onResult(target: Target, result: ProbeResult, atMs: number): void;
}

export interface Watch {
  /** Watches these from now on. Those that are watched already keep their state, and their place unless their interval changed. */
  set(targets: readonly WatchedTarget[]): WatchChange;
  /** Every target as it is now, in the order of the list. */
  statuses(): TargetStatus[];
  /** What is watched under a URL. */
  find(url: string): WatchedTarget | undefined;
  /** The newest result of it that says something of the service; null: it is not watched, or there is none yet. */
  newest(url: string): { result: ProbeResult; ageMs: number } | null;
  /** Tells the listener of every transition until the returned function is called. */
  subscribe(listener: (transition: Transition) => void): () => void;
  /** How many targets there are, and how many due times were skipped (Schedule.overruns). */
  counts(): { targets: number; overruns: number };
  /** Starts no more pings and waits for those under way. */
  close(): Promise<void>;
}

/** How many targets a new list added, changed and removed. */
export interface WatchChange {
  added: number;
  changed: number;
  removed: number;
}

/**
 * Pings are handed over for so long ahead, and each is started by its thread, which is awake for its sockets anyway: at 500 pings a second
 * waking up cost the main thread more than all else that it does for a ping (docs/decisions/0040).
 */
const AHEAD_MS = 200;

interface Watched {
  readonly watched: WatchedTarget;
  readonly page: TargetPage;
}

/** Pings every target at its interval, keeps what it says of each, and tells of every change of state. */
export function startWatch({ targets, probe, clock = MONOTONIC_CLOCK, jitter, onResult }: WatchOptions): Watch {
  const schedule = startSchedule([], { clock, aheadMs: AHEAD_MS, ...(jitter && { jitter }) });
  const listeners = new Set<(transition: Transition) => void>();
  let byUrl = new Map<string, Watched>();

  function run({ watched, page }: Watched, startInMs: number): Promise<void> {
    const { target, timeoutMs, serverName } = watched;
    return probe({ target, timeoutMs, serverName, startInMs }).then((result) => {
      const nowMs = Date.now();
      onResult(target, result, nowMs);
      const transition = page.record(result, { nowMs, endedMs: clock.nowMs() });
      if (transition) for (const listener of listeners) listener(transition);
    });
  }

  function watch(url: string, watched: WatchedTarget, known: Watched | undefined): Watched {
    if (known && isDeepStrictEqual(known.watched, watched)) return known;
    const page = known?.page ?? openPage(url, watched.limits);
    page.setLimits(watched.limits);
    const entry = { watched, page };
    schedule.set({ key: url, intervalMs: watched.intervalMs, run: (startInMs) => run(entry, startInMs) });
    return entry;
  }

  function set(list: readonly WatchedTarget[]): WatchChange {
    const change = { added: 0, changed: 0, removed: 0 };
    const next = new Map<string, Watched>();
    for (const watched of list) {
      const url = formatTarget(watched.target);
      const known = byUrl.get(url);
      const entry = watch(url, watched, known);
      next.set(url, entry);
      if (known === undefined) change.added++;
      else if (entry !== known) change.changed++;
    }
    for (const url of byUrl.keys()) {
      if (next.has(url)) continue;
      schedule.delete(url);
      change.removed++;
    }
    byUrl = next;
    return change;
  }

  set(targets);
  return {
    set,
    statuses: () => Array.from(byUrl.values(), ({ page }) => page.status),
    find: (url) => byUrl.get(url)?.watched,
    newest: (url) => {
      const page = byUrl.get(url)?.page;
      if (!page || page.status.result === null || page.endedMs === null) return null;
      return { result: page.status.result, ageMs: clock.nowMs() - page.endedMs };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    counts: () => ({ targets: schedule.size, overruns: schedule.overruns }),
    close: () => schedule.close(),
  };
}
