import type { CursorMark, LineBlock } from './lineBlock.ts';
import type { SpooledBatch } from './spool.ts';

/*
 * What the main thread and the spool's thread say to each other. Plain data only; lines move by transfer, both ways.
 */

/** Where the spool is kept and how much of it. */
export interface SpoolPlace {
  /** Of the SQLite file; it is made where there is none. */
  path: string;
  /**
   * What the blocks may take in the file: each its lines, compressed (a sixth of them), and a page of 16 kB, or
   * twice that where it is smaller than a page. When
   * there would be more, the oldest blocks are dropped.
   */
  maxBytes: number;
  /** Older blocks are dropped. */
  maxAgeMs: number;
}

export type SpoolTask =
  /** Is the file fit for use? */
  | { kind: 'open' }
  | { kind: 'append'; block: LineBlock }
  | { kind: 'oldest'; maxBytes: number }
  | { kind: 'remove'; upToId: number }
  | { kind: 'saveMarks'; marks: readonly CursorMark[] }
  | { kind: 'loadMarks' }
  /** Drops what is too old, also where nothing is appended any more. */
  | { kind: 'prune' }
  /** Writes what is in the log to the file itself, and lets go of it. */
  | { kind: 'close' };

/** A file that could not be read, and was put away under another name. */
export interface AsideFile {
  /** Its new name. */
  path: string;
  /** What was wrong with it. */
  detail: string;
  /** Known to have been in it. 0 where it was found damaged before its points could be counted. */
  points: number;
}

/** How the spool stands after a task, whatever became of the task. */
export interface SpoolState {
  /** Points. */
  kept: number;
  /** Of lines. */
  keptBytes: number;
  /** Points dropped since the last reply, those in files put aside included. */
  dropped: number;
  /** Since the last reply. */
  setAside: AsideFile[];
}

/** `batch`: of `oldest`. `points`: those that `remove` took away. `marks`: of `loadMarks`. */
export type SpoolReply = { state: SpoolState } & (
  | { ok: true; batch?: SpooledBatch | null; points?: number; marks?: CursorMark[] }
  | { ok: false; detail: string }
);
