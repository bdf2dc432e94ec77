/** When a result is not healthy, though the service answered. */
export interface GradeLimits {
  /** An answer that took longer is `slow`; null: none is. */
  degradedOverMs: number | null;
  /** A service whose certificate ends in less is `certificate_expiry`; null: none is. */
  certificateWarnMs: number | null;
}

/** How many results it takes to change what is said of a target. */
export interface StateLimits extends GradeLimits {
  /** As many results in a row must be worse than the state, before it follows them. At least 1. */
  failuresBeforeDown: number;
  /** As many results in a row must be better than the state, before it follows them. At least 1. */
  successesBeforeUp: number;
}

const DAY_MS = 86_400_000;

/**
 * Two failures before down: a service that is restarted misses one ping at the 20 s interval, and nobody need get up for that; what is
 * down for good is known one interval later. Seven days: as long before its end as we warn of our own certificate.
 */
export const DEFAULT_LIMITS: StateLimits = {
  failuresBeforeDown: 2,
  successesBeforeUp: 1,
  degradedOverMs: null,
  certificateWarnMs: 7 * DAY_MS,
};
