import type { CursorMark, LineBlock } from '../model/lineBlock.ts';
import type { Spool, SpooledBatch } from '../model/spool.ts';
import { createPendingMarks } from './pendingMarks.ts';

/** A spool that fails is left alone for a while; and marks that belong to accepted lines are stored together. */
export interface SpoolSide {
  /** When it may be used; 0 where it works. */
  readonly fitAtMs: number;
  /** When {@link saveMarks} has something to do; Infinity where all marks are stored. */
  readonly marksAtMs: number;
  /** Why it failed the last time; null: it works. */
  readonly fault: string | null;
  /** False: nothing of the block is in the spool. */
  append(block: LineBlock): Promise<boolean>;
  /** The oldest lines, or null. */
  oldest(maxBytes: number): Promise<SpooledBatch | null>;
  /** Takes away what was written; resolves with the points of it that were still there. */
  remove(batch: SpooledBatch): Promise<number>;
  /** The lines before these marks are safe. */
  addMarks(marks: readonly CursorMark[]): void;
  saveMarks(): Promise<void>;
}

const WAIT_MS = 1000;
/** A cursor that is a second old costs a second of samples that are asked for and written again; storing one costs an fsync. */
const MARKS_EVERY_MS = 1000;

/** `onFault` is called with each fault, and with null when it works again. */
export function createSpoolSide(spool: Spool, onFault: (fault: string | null) => void): SpoolSide {
  const marks = createPendingMarks();
  let fitAtMs = 0;
  let fault: string | null = null;
  let marksAtMs = Number.POSITIVE_INFINITY;

  function note(newFault: string | null): void {
    fitAtMs = newFault === null ? 0 : performance.now() + WAIT_MS;
    if (newFault !== null || fault !== null) onFault(newFault);
    fault = newFault;
  }

  return {
    get fitAtMs() {
      return fitAtMs;
    },
    get marksAtMs() {
      return marksAtMs;
    },
    get fault() {
      return fault;
    },
    append: async (block) => {
      const outcome = await spool.append(block);
      note(outcome.ok ? null : outcome.detail);
      // An older mark must not be stored after these.
      if (outcome.ok) marks.forget(block.marks);
      return outcome.ok;
    },
    oldest: async (maxBytes) => {
      const batch = await spool.oldest(maxBytes);
      if (!batch && spool.counts.kept > 0) note('its oldest lines cannot be read');
      return batch;
    },
    remove: async ({ upToId, points }) => {
      const { dropped } = spool.counts;
      const removed = await spool.remove(upToId);
      const isStuck = removed === 0 && points > 0 && spool.counts.dropped === dropped;
      note(isStuck ? 'what was written cannot be taken out of it' : null);
      return removed;
    },
    addMarks: (added) => {
      marks.add(added);
      if (marks.size > 0) marksAtMs = Math.min(marksAtMs, performance.now() + MARKS_EVERY_MS);
    },
    saveMarks: async () => {
      const taken = marks.take();
      marksAtMs = Number.POSITIVE_INFINITY;
      if (taken.length === 0) return;
      const outcome = await spool.saveMarks(taken);
      note(outcome.ok ? null : outcome.detail);
      if (outcome.ok) return;
      marks.add(taken);
      marksAtMs = fitAtMs;
    },
  };
}
