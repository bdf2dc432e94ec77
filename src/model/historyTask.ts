import type { HistoryEntry, TargetHistory, Transition } from './targetState.ts';

/*
 * What the main thread and the history's thread say to each other. Plain data only (structured clone).
 */

/** Where the history is kept and how much of it. */
export interface HistoryPlace {
  /** Of the SQLite file; it is made where there is none. */
  path: string;
  /** Older entries are deleted. */
  maxAgeMs: number;
  /** Of results, and of transitions: when there would be more, the oldest are deleted. */
  maxRows: number;
}

export interface HistoryQuery {
  /** Since 1970. */
  sinceMs: number;
  /** Of each kind. */
  limit: number;
}

export type HistoryTask =
  /** Is the file fit for use? */
  | { kind: 'open' }
  | { kind: 'append'; entries: readonly HistoryEntry[]; transitions: readonly Transition[] }
  | ({ kind: 'query'; target: string } & HistoryQuery)
  /** One step of deleting what is too old or too much; `nowMs` since 1970. */
  | { kind: 'prune'; nowMs: number }
  /** Writes what is to be written to the file itself, and lets go of it. */
  | { kind: 'close' };

/** `more`: there is more to prune. `history`: of a query. */
export type HistoryOutcome = { ok: true; history?: TargetHistory; more?: boolean } | { ok: false; detail: string };
