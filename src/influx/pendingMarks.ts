import type { CursorMark } from '../model/lineBlock.ts';

/** Marks of lines that are safe and that are not stored yet: the newest of each source of each node. */
export interface PendingMarks {
  readonly size: number;
  add(marks: readonly CursorMark[]): void;
  /** Newer ones of the same sources are stored: an older one must not take their place. */
  forget(marks: readonly CursorMark[]): void;
  /** All of them; none is left. */
  take(): CursorMark[];
}

export function createPendingMarks(): PendingMarks {
  const pending = new Map<string, CursorMark>();
  const keyOf = ({ node, source }: CursorMark) => `${source} ${node}`;
  return {
    get size() {
      return pending.size;
    },
    add: (marks) => {
      for (const mark of marks) pending.set(keyOf(mark), mark);
    },
    forget: (marks) => {
      for (const mark of marks) pending.delete(keyOf(mark));
    },
    take: () => {
      const taken = [...pending.values()];
      pending.clear();
      return taken;
    },
  };
}
