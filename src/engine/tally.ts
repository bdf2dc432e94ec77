import type { FailureReason } from '../model/reasons.ts';
import type { Probe } from './admission.ts';

/** How often each outcome was answered; `ok` stands for those without a reason. */
export type Tally = ReadonlyMap<FailureReason | 'ok', number>;

/** The same probe, with its outcomes counted. */
export function tallyProbe(probe: Probe): { probe: Probe; tally: Tally } {
  const tally = new Map<FailureReason | 'ok', number>();
  return {
    tally,
    probe: async (task) => {
      const result = await probe(task);
      const outcome = result.reason ?? 'ok';
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
      return result;
    },
  };
}
