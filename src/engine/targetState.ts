import type { FailureReason } from '../model/reasons.ts';
import type { ProbeResult } from '../model/result.ts';
import type { GradeLimits, StateLimits } from '../model/stateLimits.ts';
import type { StateReason, TargetState } from '../model/targetState.ts';

/*
 * What is said of a target: the grade of each result, and the state, which follows the grades with a little patience.
 */

/** What one result by itself says. */
export interface Grade {
  state: TargetState;
  /** Null of `up`, as is `detail`. */
  reason: StateReason | null;
  /** For people. */
  detail: string | null;
}

/** Failures of our own making, which say nothing of a service. */
const OUR_OWN: ReadonlySet<FailureReason | null> = new Set(['overload', 'forbidden_target', 'no_credentials']);

/** Whether a result says nothing of the service. */
export function saysNothing({ reason }: ProbeResult): boolean {
  return OUR_OWN.has(reason);
}

/** Grades one result. `nowMs`: since 1970, against which the end of the service's certificate is held. */
export function gradeResult(result: ProbeResult, limits: GradeLimits, nowMs: number): Grade {
  const { ok, reason, detail, timingsMs, tls } = result;
  if (!ok) return { state: 'down', reason, detail };
  const { degradedOverMs, certificateWarnMs } = limits;
  if (degradedOverMs !== null && timingsMs.total > degradedOverMs) {
    return {
      state: 'degraded',
      reason: 'slow',
      detail: `took ${timingsMs.total.toFixed(1)} ms, more than ${degradedOverMs} ms`,
    };
  }
  const notAfter = tls?.peerNotAfter ?? null;
  if (certificateWarnMs !== null && notAfter !== null && Date.parse(notAfter) - nowMs < certificateWarnMs) {
    return { state: 'degraded', reason: 'certificate_expiry', detail: `its certificate ends at ${notAfter}` };
  }
  return UP;
}

const UP: Grade = { state: 'up', reason: null, detail: null };

/** Where a target stands, and how many results in a row say otherwise. */
export interface Standing {
  state: TargetState;
  reason: StateReason | null;
  /** In a row, up to the newest: results that failed, did not, were not healthy, were healthy. */
  failed: number;
  answered: number;
  unhealthy: number;
  healthy: number;
}

/**
 * The standing after one more grade. The first one is taken as it is (`before` null). `up` turns `down` after failures in a row, and
 * `degraded` after that many results in a row of which none was healthy; `down` and `degraded` end after successes in a row.
 */
export function follow(before: Standing | null, grade: Grade, limits: StateLimits): Standing {
  const isDown = grade.state === 'down';
  const isUp = grade.state === 'up';
  const counts: Counts = {
    failed: isDown ? (before?.failed ?? 0) + 1 : 0,
    answered: isDown ? 0 : (before?.answered ?? 0) + 1,
    unhealthy: isUp ? 0 : (before?.unhealthy ?? 0) + 1,
    healthy: isUp ? (before?.healthy ?? 0) + 1 : 0,
  };
  const moves = before === null || before.state === grade.state || isReached(before.state, grade.state, counts, limits);
  const { state, reason } = moves ? grade : before;
  const { failed, answered, unhealthy, healthy } = counts;
  return { state, reason, failed, answered, unhealthy, healthy };
}

type Counts = Pick<Standing, 'failed' | 'answered' | 'unhealthy' | 'healthy'>;

function isReached(from: TargetState, to: TargetState, counts: Counts, limits: StateLimits): boolean {
  if (to === 'down') return counts.failed >= limits.failuresBeforeDown;
  if (from === 'down') return counts.answered >= limits.successesBeforeUp;
  if (to === 'degraded') return counts.unhealthy >= limits.failuresBeforeDown;
  return counts.healthy >= limits.successesBeforeUp;
}
