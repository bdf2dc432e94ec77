import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import type { StateReason, TargetHistory, TargetState, TargetStatus, Transition } from '../model/targetState.ts';
import type { MetricsFacts } from './metricsFacts.ts';

/** `legacy`: 200 up and degraded, 418 down, as the pinger of the Python days. `consul`: 200 up, 429 degraded, 503 down. */
export type StatusProfile = 'legacy' | 'consul';

export interface FrontOptions {
  host: string;
  /** 0 = any free port. */
  port: number;
  statusProfile: StatusProfile;
  /** Pings within the shorter of the caller's deadline and the prober's own. Must not reject. */
  ping(request: AskedPing): Promise<PingAnswer>;
  /** The targets that are pinged by schedule; without it `/api/v1/…` does not exist. */
  watch?: WatchSource | undefined;
  /** Reads the configuration again; without it `/-/reload` does not exist. */
  reload?: (() => Promise<ReloadOutcome>) | undefined;
  /** Why `/ready` is 503, as a sentence; null = ready. */
  notReady(): string | null;
  /** What `/metrics` shows besides the front's own. */
  metrics(): MetricsFacts;
}

export interface AskedPing {
  target: Target;
  /** The caller's deadline; undefined = the prober's own. */
  timeoutMs?: number | undefined;
  /** A scheduled result not older than this will do; undefined = none will. */
  maxAgeMs?: number | undefined;
}

export interface PingAnswer {
  result: ProbeResult;
  /** How old a scheduled result is; null = pinged for this request. */
  ageMs: number | null;
  grade: { state: TargetState; reason: StateReason | null };
}

export interface WatchSource {
  statuses(): TargetStatus[];
  /** Newest first. `target`: URL; `sinceMs`: since 1970; at most `limit` of each kind. */
  history(target: string, query: { sinceMs: number; limit: number }): Promise<TargetHistory>;
  /** Tells the listener of every transition until the returned function is called. */
  subscribe(listener: (transition: Transition) => void): () => void;
}

export interface ReloadOutcome {
  /** Why the configuration was not taken, all at once; none = taken. */
  faults: readonly string[];
  /** Keys that changed, but count only after a restart. */
  needsRestart: readonly string[];
}
