import type { SpoolCounts } from '../model/spool.ts';
import type { SpoolReply, SpoolTask } from '../model/spoolTask.ts';

/** What becomes of every point of the spool, from what its thread replies. */
export interface SpoolLedger {
  readonly counts: SpoolCounts;
  /** Books a reply to this task. `isLate`: the caller was told already that it failed. */
  book(task: SpoolTask, reply: SpoolReply, isLate: boolean): void;
  /** Points removed of which nobody was told so far. */
  takeRemoved(): number;
}

/** Starts with nothing. */
export function createSpoolLedger(): SpoolLedger {
  const counts: SpoolCounts = { found: 0, kept: 0, keptBytes: 0, dropped: 0, setAside: 0 };
  let appended = 0;
  let removed = 0;
  let untold = 0;
  return {
    counts,
    book: (task, reply, isLate) => {
      const { kept, keptBytes, dropped, setAside } = reply.state;
      if (reply.ok && task.kind === 'append' && !isLate) appended += task.block.points;
      const points = reply.ok ? (reply.points ?? 0) : 0;
      removed += points;
      untold += points;
      counts.kept = kept;
      counts.keptBytes = keptBytes;
      counts.dropped += dropped;
      counts.setAside += setAside.length;
      // What is there and nobody appended, as far as the caller knows: from an earlier run, or by an append that was answered too late.
      counts.found = kept + removed + counts.dropped - appended;
    },
    takeRemoved: () => {
      const points = untold;
      untold = 0;
      return points;
    },
  };
}
