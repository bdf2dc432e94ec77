import type { ProbeResult } from '../model/result.ts';
import type { StateLimits } from '../model/stateLimits.ts';
import type { TargetStatus, Transition } from '../model/targetState.ts';
import { follow, gradeResult, type Standing, saysNothing } from './targetState.ts';

/** The newest result of a target, and how it stands after it. Times but `endedMs` are milliseconds since 1970. */
export interface TargetPage {
  readonly status: Readonly<TargetStatus>;
  /** When the newest result ended, by a clock that is never set back; null: there is none. */
  readonly endedMs: number | null;
  /** Takes a result; tells of the transition that it makes, if any. One that says nothing of the service changes nothing. */
  record(result: ProbeResult, at: { nowMs: number; endedMs: number }): Transition | null;
  /** Counts from the next result on. */
  setLimits(limits: StateLimits): void;
}

/** Opens the page of a target, by its URL. */
export function openPage(target: string, limits: StateLimits): TargetPage {
  let status: TargetStatus = { target, state: null, sinceMs: null, reason: null, result: null, resultAtMs: null };
  let standing: Standing | null = null;
  let endedMs: number | null = null;
  let inForce = limits;
  return {
    get status() {
      return status;
    },
    get endedMs() {
      return endedMs;
    },
    setLimits: (changed) => {
      inForce = changed;
    },
    record: (result, at) => {
      if (saysNothing(result)) return null;
      const grade = gradeResult(result, inForce, at.nowMs);
      const from = status.state;
      standing = follow(standing, grade, inForce);
      endedMs = at.endedMs;
      const { state, reason } = standing;
      const isMoved = state !== from;
      status = {
        target,
        state,
        sinceMs: isMoved ? at.nowMs : status.sinceMs,
        reason,
        result,
        resultAtMs: at.nowMs,
      };
      return isMoved ? { target, from, to: state, atMs: at.nowMs, reason, detail: grade.detail } : null;
    },
  };
}
