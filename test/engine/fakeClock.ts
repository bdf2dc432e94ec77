import type { Clock } from '../../src/engine/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass, calling what runs out at its own moment, and what is then asked for as well. */
  pass(ms: number): Promise<void>;
  /** Lets time pass in one jump, as it does for a process that was stopped: what ran out meanwhile is called at the end. */
  jump(ms: number): Promise<void>;
  /** How many are waited for. */
  readonly waits: number;
}

/** A clock that stands still until it is moved. */
export function createFakeClock(startMs = 0): FakeClock {
  const waits = new Set<{ atMs: number; run: () => void }>();
  let now = startMs;

  /** Promises that are settled have their say before the clock goes on. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  async function callUntil(endMs: number, moved: (atMs: number) => void): Promise<void> {
    for (;;) {
      await settle();
      const next = [...waits].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) return;
      waits.delete(next);
      moved(next.atMs);
      next.run();
    }
  }

  return {
    nowMs: () => now,
    after: (ms, run) => {
      const wait = { atMs: now + ms, run };
      waits.add(wait);
      return () => waits.delete(wait);
    },
    pass: async (ms) => {
      const endMs = now + ms;
      await callUntil(endMs, (atMs) => {
        now = Math.max(now, atMs);
      });
      now = endMs;
    },
    jump: async (ms) => {
      now += ms;
      await callUntil(now, () => {});
    },
    get waits() {
      return waits.size;
    },
  };
}
