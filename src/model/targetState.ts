import type { FailureReason } from './reasons.ts';
import type { ProbeResult } from './result.ts';

/** What is said of a target. `degraded`: it answers, but slower than the soft limit, or a certificate of its ends soon. */
export type TargetState = 'up' | 'degraded' | 'down';

/** Why it is not up: of `down` a failure reason, of `degraded` one of the other two. */
export type StateReason = FailureReason | 'slow' | 'certificate_expiry';

/** A target changed its state, or was seen for the first time. */
export interface Transition {
  /** URL. */
  target: string;
  /** Null at the first result. */
  from: TargetState | null;
  to: TargetState;
  /** Since 1970. */
  atMs: number;
  /** Null of `up`. */
  reason: StateReason | null;
  /** For people; null of `up`. */
  detail: string | null;
}

/** A watched target as it is now. All but `target` are null until its first result. */
export interface TargetStatus {
  /** URL. */
  target: string;
  state: TargetState | null;
  /** When it came into this state, since 1970. */
  sinceMs: number | null;
  reason: StateReason | null;
  /** The newest one that says something of the service (not `overload`). */
  result: ProbeResult | null;
  /** When that ended, since 1970. */
  resultAtMs: number | null;
}

/** One result as the history keeps it. */
export interface HistoryEntry {
  /** URL. */
  target: string;
  /** When the ping ended, since 1970. */
  atMs: number;
  ok: boolean;
  reason: FailureReason | null;
  /** For people; null when ok. */
  detail: string | null;
  totalMs: number;
}
