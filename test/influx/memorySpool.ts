import type { CursorMark, LineBlock } from '../../src/model/lineBlock.ts';
import type { Spool, SpoolCounts } from '../../src/model/spool.ts';

export interface MemorySpool extends Spool {
  /** Points and marks as they are stored. */
  readonly text: string;
  readonly marks: Map<string, CursorMark>;
  readonly savedMarks: number;
  /** What the disk says to every write from now on; null: it works. */
  fault: string | null;
  /** Gives up its oldest block, as at a bound. */
  dropOldest(): void;
}

/** A spool as model/spool.ts has it, in memory; `found` were there before. Each call takes a turn of the loop, as a thread would. */
export function createMemorySpool(found: readonly Omit<LineBlock, 'marks'>[] = []): MemorySpool {
  let blocks = found.map((block, index) => ({ ...block, id: index + 1 }));
  let lastId = found.length;
  let savedMarks = 0;
  const marks = new Map<string, CursorMark>();
  const points = found.reduce((sum, block) => sum + block.points, 0);
  const counts: SpoolCounts = { found: points, kept: points, keptBytes: 0, dropped: 0, setAside: 0 };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const store = (added: readonly CursorMark[]) => {
    for (const mark of added) marks.set(`${mark.node} ${mark.source}`, mark);
  };
  const spool: MemorySpool = {
    counts,
    marks,
    fault: null,
    get text() {
      return Buffer.concat(blocks.map(({ lines }) => lines)).toString();
    },
    get savedMarks() {
      return savedMarks;
    },
    dropOldest: () => {
      const gone = blocks.shift()?.points ?? 0;
      counts.kept -= gone;
      counts.dropped += gone;
    },
    append: async (block) => {
      await turn();
      if (spool.fault !== null) return { ok: false, detail: spool.fault };
      blocks.push({ ...block, id: ++lastId });
      counts.kept += block.points;
      store(block.marks);
      return { ok: true };
    },
    oldest: async (maxBytes) => {
      await turn();
      const taken: typeof blocks = [];
      let bytes = 0;
      for (const block of blocks) {
        bytes += block.lines.length;
        if (taken.length > 0 && bytes > maxBytes) break;
        taken.push(block);
      }
      const last = taken.at(-1);
      if (!last) return null;
      const lines = new Uint8Array(Buffer.concat(taken.map((block) => block.lines)));
      return { upToId: last.id, lines, points: taken.reduce((sum, block) => sum + block.points, 0) };
    },
    remove: async (upToId) => {
      await turn();
      if (spool.fault !== null) return 0;
      const removed = blocks.filter(({ id }) => id <= upToId).reduce((sum, block) => sum + block.points, 0);
      blocks = blocks.filter(({ id }) => id > upToId);
      counts.kept -= removed;
      return removed;
    },
    saveMarks: async (saved) => {
      await turn();
      if (spool.fault !== null) return { ok: false, detail: spool.fault };
      savedMarks++;
      store(saved);
      return { ok: true };
    },
    loadMarks: async () => [...marks.values()],
    close: async () => {},
  };
  return spool;
}
