import type { FailureReason } from '../model/reasons.ts';
import type { ProbeResult } from '../model/result.ts';

/** How often each outcome was answered; `ok` stands for those without a reason. */
export type Tally = ReadonlyMap<FailureReason | 'ok', number>;

/** Starts with nothing counted. */
export function createTally(): { tally: Tally; add(result: ProbeResult): void } {
  const tally = new Map<FailureReason | 'ok', number>();
  return {
    tally,
    add: ({ reason }) => {
      const outcome = reason ?? 'ok';
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
    },
  };
}
