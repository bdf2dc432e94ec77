import type { CadvisorSource, Cursor } from './parseTask.ts';

/**
 * How far one source of one node was read when a block was made. It may be stored once the block's lines are safe, which is
 * when the store has accepted or refused them or the spool has them on disk: what a killed process did not bring so far is asked for again.
 */
export interface CursorMark {
  /** The node's address (CadvisorNode). */
  readonly node: string;
  readonly source: CadvisorSource;
  readonly cursor: Cursor;
}

/** Whole lines of line protocol, each ended by `\n`, and how many. */
export interface Lines {
  readonly lines: Uint8Array;
  readonly points: number;
}

export interface LineBlock extends Lines {
  readonly marks: readonly CursorMark[];
}
