import { readdirSync } from 'node:fs';
import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** What the process itself uses, as it is at a scrape. Counts are since the first one, when the observation begins. */
export interface RuntimeFacts {
  /** How much later than asked the main thread's timers came, seconds, since the last scrape. */
  loopDelaySeconds: { p50: number; p99: number; max: number };
  /** Collections of the main thread by kind. */
  collections: Readonly<Record<string, { count: number; seconds: number }>>;
  rssBytes: number;
  heapUsedBytes: number;
  /** User and system, all threads, since the start of the process. */
  cpuSeconds: number;
  /** Null where the system does not tell (it does on Linux). */
  openFds: number | null;
  /** Since 1970. */
  startTimeSeconds: number;
}

export interface Runtime {
  read(): RuntimeFacts;
  close(): void;
}

/** One look at the clock every 20 ms: shorter stalls are none, and each look wakes an idle process. */
const LOOP_RESOLUTION_MS = 20;
const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Observes event loop and garbage collection of this thread until it is closed. */
export function observeRuntime(): Runtime {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  const collections: Record<string, { count: number; seconds: number }> = {};
  for (const kind of Object.values(GC_KINDS)) collections[kind] = { count: 0, seconds: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration } = entry as PerformanceEntry & { detail: { kind: number } };
      const counted = collections[GC_KINDS[detail.kind] ?? ''];
      if (!counted) continue;
      counted.count++;
      counted.seconds += duration / 1000;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    read: () => {
      const seconds = (ns: number) => Math.max(0, ns / 1e9 - LOOP_RESOLUTION_MS / 1000);
      const measured = loop.count > 0;
      const loopDelaySeconds = {
        p50: measured ? seconds(loop.percentile(50)) : 0,
        p99: measured ? seconds(loop.percentile(99)) : 0,
        max: measured ? seconds(loop.max) : 0,
      };
      loop.reset();
      const { rss, heapUsed } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      return {
        loopDelaySeconds,
        collections,
        rssBytes: rss,
        heapUsedBytes: heapUsed,
        cpuSeconds: (user + system) / 1e6,
        openFds: countFds(),
        startTimeSeconds: performance.timeOrigin / 1000,
      };
    },
    close: () => {
      loop.disable();
      observer.disconnect();
    },
  };
}

function countFds(): number | null {
  try {
    return readdirSync('/proc/self/fd').length - 1; // the listing holds one itself
  } catch {
    return null;
  }
}
