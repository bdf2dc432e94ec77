import { type Clock, MONOTONIC_CLOCK } from './clock.ts';
import { createDueQueue } from './dueQueue.ts';
import { dueMs, firstRound, nextRound, type Place, placeOf } from './schedule.ts';

/** One thing that recurs: a target's ping, a node's scrape. */
export interface Recurring {
  key: string;
  intervalMs: number;
  /**
   * Must not reject. While it is under way the same key is not started again. `startInMs`: how long it is still to wait, by itself, until it is
   * due; at most ScheduleOptions.aheadMs.
   */
  run(startInMs: number): Promise<void>;
}

export interface ScheduleOptions {
  clock?: Clock;
  /** See Place: `share` of the interval, and the seed of its noise. Default: none. */
  jitter?: { share: number; seed: number };
  /** Everything that is due in the next so many ms is started in one turn, and waits by itself. Default 0: nothing is started before it is due. */
  aheadMs?: number;
}

export interface Schedule {
  /** How many keys recur. */
  readonly size: number;
  /** Due times that were skipped because the one before was still under way, or the process stood still. */
  readonly overruns: number;
  /** Adds an item, or replaces the one of its key. Only a changed interval moves its place; no other key is touched. */
  set(item: Recurring): void;
  /** Starts it no more; a run under way ends by itself. */
  delete(key: string): void;
  /** Starts nothing more and waits for what is under way. */
  close(): Promise<void>;
}

/** What falls due within one tick is started in one turn of the event loop: waking up costs more than what it is woken for. */
const TICK_MS = 40;
/**
 * What is later than this was held up with all the others (a paused machine, a stopped process) and waits for its own next place:
 * in a second of being late, ten thousand targets at 20 s come to 500 pings at once, in a minute to all of them.
 */
const MAX_LATE_MS = 1_000;

interface Entry {
  item: Recurring;
  place: Place;
  round: number;
  underWay: boolean;
  startedMs: number | null;
  /** Where it waits; null while it is under way. */
  wait: Wait | null;
}

interface Wait {
  entry: Entry;
  dueMs: number;
}

/** Runs each item at its own place in its interval, independently of all others, on one timer. */
export function startSchedule(items: readonly Recurring[], options: ScheduleOptions = {}): Schedule {
  const { clock = MONOTONIC_CLOCK, jitter = { share: 0, seed: 0 }, aheadMs = 0 } = options;
  const stepMs = aheadMs || TICK_MS;
  const entries = new Map<string, Entry>();
  // Those that no longer wait stay in here until their time: a wait counts only while its entry says so.
  const waiting = createDueQueue<Wait>();
  let timer: { tickMs: number; cancel(): void } | null = null;
  let overruns = 0;
  let underWay = 0;
  const { promise: drained, resolve: tellDrained } = Promise.withResolvers<void>();
  let closed = false;

  function set(item: Recurring): void {
    const entry = entries.get(item.key);
    if (entry?.item.intervalMs === item.intervalMs) {
      entry.item = item;
      return;
    }
    const place = placeOf(item.key, item.intervalMs, jitter);
    if (entry === undefined) {
      const fresh: Entry = { item, place, round: 0, underWay: false, startedMs: null, wait: null };
      entries.set(item.key, fresh);
      wait(fresh, firstRound(place, clock.nowMs()));
    } else {
      Object.assign(entry, { item, place });
      if (!entry.underWay) wait(entry, roundAfterMove(entry));
      compact();
    }
    arm();
  }

  /** A first round that keeps its distance from a start that was at the old place. */
  function roundAfterMove({ place, startedMs }: Entry): number {
    const nowMs = clock.nowMs();
    return nextRound(place, firstRound(place, nowMs) - 1, startedMs, nowMs).round;
  }

  function wait(entry: Entry, round: number): void {
    entry.round = round;
    entry.wait = { entry, dueMs: dueMs(entry.place, round) };
    waiting.push(entry.wait);
  }

  /** Sees to it that the timer runs out at the first tick at which something is to be started. */
  function arm(): void {
    const first = waiting.peek();
    if (first === undefined || closed) return;
    const tickMs = Math.ceil((first.dueMs - aheadMs) / stepMs) * stepMs;
    if (timer !== null && timer.tickMs <= tickMs) return;
    timer?.cancel();
    timer = { tickMs, cancel: clock.after(Math.max(1, Math.ceil(tickMs - clock.nowMs())), tick) };
  }

  function tick(): void {
    timer = null;
    const nowMs = clock.nowMs();
    for (let first = waiting.peek(); first !== undefined && first.dueMs <= nowMs + aheadMs; first = waiting.peek()) {
      waiting.pop();
      const { entry, dueMs: wasDueMs } = first;
      if (entry.wait !== first) continue;
      if (nowMs - wasDueMs > MAX_LATE_MS) skip(entry, nowMs);
      else start(entry, Math.max(nowMs, wasDueMs), nowMs);
    }
    arm();
  }

  function skip(entry: Entry, nowMs: number): void {
    const next = nextRound(entry.place, entry.round, entry.startedMs, nowMs);
    overruns += next.overruns + 1;
    wait(entry, next.round);
  }

  function start(entry: Entry, startsMs: number, nowMs: number): void {
    entry.underWay = true;
    entry.startedMs = startsMs;
    entry.wait = null;
    const { place } = entry;
    underWay++;
    void entry.item.run(startsMs - nowMs).then(() => {
      underWay--;
      entry.underWay = false;
      if (closed && underWay === 0) tellDrained();
      if (entries.get(entry.item.key) === entry) waitAgain(entry, place);
      arm();
    });
  }

  /** After a run that was started at `place`, which may have been changed since. */
  function waitAgain(entry: Entry, place: Place): void {
    if (entry.place !== place) {
      wait(entry, roundAfterMove(entry));
    } else {
      const next = nextRound(place, entry.round, entry.startedMs, clock.nowMs());
      overruns += next.overruns;
      wait(entry, next.round);
    }
  }

  /** Waits that count no more must not pile up under many changes. */
  function compact(): void {
    if (waiting.size > 2 * entries.size + 16) waiting.retain((each) => each.entry.wait === each);
  }

  for (const item of items) set(item);
  return {
    get size() {
      return entries.size;
    },
    get overruns() {
      return overruns;
    },
    set,
    delete: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return;
      entry.wait = null;
      entries.delete(key);
      compact();
    },
    close: () => {
      closed = true;
      timer?.cancel();
      if (underWay === 0) tellDrained();
      return drained;
    },
  };
}
