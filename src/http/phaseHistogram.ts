import type { ProbeResult } from '../model/result.ts';

export const PHASES = ['dns', 'connect', 'tls', 'rpc', 'total'] as const;
export type Phase = (typeof PHASES)[number];

/** Upper bounds in seconds: a phase on a quiet network takes 1 ms to 50 ms, a deadline is 8 s. */
export const BUCKET_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How long pings took, by phase. Plain counters: what writes them as text is loaded only when somebody asks. */
export interface PhaseHistogram {
  /** Counts each phase that the ping reached; `overload` and the like, which reached none, not at all. */
  observe(result: ProbeResult): void;
  /** Of one phase: how many were in each bucket (one more than there are bounds: above the last), and their sum. */
  read(phase: Phase): { buckets: readonly number[]; sumSeconds: number };
}

/** Starts with nothing counted. */
export function createPhaseHistogram(): PhaseHistogram {
  const series = PHASES.map((phase) => ({
    phase,
    buckets: new Array<number>(BUCKET_SECONDS.length + 1).fill(0),
    sumSeconds: 0,
  }));
  return {
    observe: ({ timingsMs }) => {
      // Every ping that went to the network has looked up its name, tried to connect or used a kept connection.
      if (timingsMs.total === 0) return;
      for (const counted of series) {
        const ms = timingsMs[counted.phase];
        if (ms === null) continue;
        const seconds = ms / 1000;
        let bucket = 0;
        while (seconds > (BUCKET_SECONDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
        counted.buckets[bucket] = (counted.buckets[bucket] as number) + 1;
        counted.sumSeconds += seconds;
      }
    },
    read: (phase) => series[PHASES.indexOf(phase)] as (typeof series)[number],
  };
}
