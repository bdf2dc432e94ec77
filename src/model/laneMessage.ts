import type { ResultRow } from './resultRow.ts';
import type { TaskRow } from './taskRow.ts';

/** Main thread → ping thread. */
export interface LaneMessage {
  requests: TaskRow[];
  /** Scheduled pings for which somebody waits by now: they start at once, and their results are sent at once. */
  hurried: number[];
}

/** Ping thread → main thread: as many ids as results. */
export interface ResultsMessage {
  ids: number[];
  rows: ResultRow[];
}
