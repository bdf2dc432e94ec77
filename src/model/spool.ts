import type { CursorMark, LineBlock } from './lineBlock.ts';

/** A day of an outage at 1,000 nodes, or weeks at the usual hundred; older points say nothing that anybody still looks at. */
export const DEFAULT_SPOOL_BOUNDS = { maxBytes: 2 ** 30, maxAgeMs: 7 * 86_400_000 };

/** The oldest blocks of the spool, as one. */
export interface SpooledBatch {
  /** What to hand to {@link Spool.remove} when the lines have been written. */
  readonly upToId: number;
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly points: number;
}

/** Every point that is or was in the spool: found + appended = kept + removed + dropped, where `appended` are those answered with ok. */
export interface SpoolCounts {
  /** Points that were there when it was opened, or were stored after their `append` was answered as failed for want of time. */
  found: number;
  kept: number;
  keptBytes: number;
  /** Points given up because of the bound on bytes or age, oldest first; and those known to be in files that were put aside. */
  dropped: number;
  /** Files that could not be read and were put aside under another name. */
  setAside: number;
}

export type SpoolOutcome = { readonly ok: true } | { readonly ok: false; readonly detail: string };

/** What waits on disk until the store takes it. First in, first out; survives the end of the process at any moment. Nothing rejects. */
export interface Spool {
  readonly counts: Readonly<SpoolCounts>;
  /**
   * Puts a block at the end and its marks among the stored cursors, in one transaction. Resolves when it is on the disk. The lines are
   * copied: they may share their memory. Where that fails, nothing of it is there; where it was only late (10 s), it may come to be there
   * and is then `found`.
   */
  append(block: LineBlock): Promise<SpoolOutcome>;
  /** The oldest lines, `maxBytes` of them and at least one block; null where there is none or they cannot be read. */
  oldest(maxBytes: number): Promise<SpooledBatch | null>;
  /**
   * Takes away what `oldest` gave. Resolves with the points taken away: less than given where some were dropped meanwhile; with those of
   * an earlier call that was answered too late.
   */
  remove(upToId: number): Promise<number>;
  /** Stores how far sources were read, without lines. */
  saveMarks(marks: readonly CursorMark[]): Promise<SpoolOutcome>;
  /** All cursors that were stored. */
  loadMarks(): Promise<readonly CursorMark[]>;
  /** Ends what is under way and lets go of the file. */
  close(): Promise<void>;
}
