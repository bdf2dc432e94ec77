import type { DatabaseSync } from 'node:sqlite';
import { errorText } from '../model/errorText.ts';
import type { CursorMark, LineBlock } from '../model/lineBlock.ts';
import type { SpooledBatch } from '../model/spool.ts';
import type { AsideFile, SpoolPlace, SpoolState } from '../model/spoolTask.ts';
import { openBlockTable } from './blockTable.ts';
import { openCursorTable } from './cursorTable.ts';
import { pack } from './packedBlock.ts';
import { setAside } from './spoolAside.ts';
import { DamagedFile, isDamage, openSpoolFile } from './spoolFile.ts';
import { type BlockSums, excess, minus, NO_BLOCKS, plus, sumsOf } from './spoolPolicy.ts';
import { inTransaction } from './transaction.ts';

/**
 * Blocks of lines and cursors in SQLite. Every call but `takeState` may throw, and has then changed nothing. A damaged file is no
 * error: it is put aside, and the call is made on a new one. `nowMs`: since 1970.
 */
export interface SpoolStore {
  /** Opens the file where it is not open. Throws where it can neither be opened nor put aside. */
  open(nowMs: number): void;
  append(block: LineBlock, nowMs: number): void;
  oldest(maxBytes: number, nowMs: number): SpooledBatch | null;
  /** Returns the points that were taken away. */
  remove(upToId: number, nowMs: number): number;
  saveMarks(marks: readonly CursorMark[], nowMs: number): void;
  loadMarks(nowMs: number): CursorMark[];
  /** Drops what is too old. */
  prune(nowMs: number): void;
  takeState(): SpoolState;
  /** Lets go of the file; the next call opens it again. */
  close(): void;
}

/** A cAdvisor that was not read for so long has no sample left that was sent. */
const CURSOR_MAX_AGE_MS = 7 * 86_400_000;
/** An empty spool gives back its file's pages when there are as many; fewer are used again. */
const SHRINK_OVER_BYTES = 16_777_216;
/** Far below the 1 GB that SQLite's blobs may have. */
const MAX_BLOCK_BYTES = 268_435_456;

interface OpenFile {
  database: DatabaseSync;
  blocks: ReturnType<typeof openBlockTable>;
  cursors: ReturnType<typeof openCursorTable>;
}

/** Opens nothing yet. `open`: for tests, which limit the size of the file. */
export function createSpoolStore(place: SpoolPlace, open = openSpoolFile): SpoolStore {
  let file: OpenFile | null = null;
  /** What is in the file, also while it is closed. */
  let kept: BlockSums = NO_BLOCKS;
  /** Of the block appended last, also into a file that was put aside since: no id means two blocks. */
  let lastId = 0;
  let dropped = 0;
  let aside: AsideFile[] = [];

  function openFile(): OpenFile {
    const database = open(place.path);
    try {
      const blocks = openBlockTable(database);
      const counted = blocks.count();
      const cursors = openCursorTable(database);
      lastId = Math.max(lastId, counted.lastId);
      kept = counted.sums;
      return { database, blocks, cursors };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  function use<Result>(nowMs: number, work: (file: OpenFile) => Result): Result {
    try {
      file ??= openFile();
      return work(file);
    } catch (error) {
      if (!isDamage(error)) throw error;
      close();
      const { points } = kept;
      aside.push({ path: setAside(place.path, place.maxBytes, nowMs), detail: errorText(error), points });
      dropped += points;
      kept = NO_BLOCKS;
      file = openFile();
      return work(file);
    }
  }

  function close(): void {
    file?.database.close();
    file = null;
  }

  /** Inside a transaction: makes room for `incoming`; returns what had to go for it. */
  function makeRoom({ blocks }: OpenFile, incoming: BlockSums, nowMs: number): BlockSums {
    const gone = excess(blocks.all(), kept, incoming, place, nowMs);
    return gone.sums.blocks === 0 ? NO_BLOCKS : blocks.remove(gone.upToId);
  }

  /** After a transaction. */
  function settle({ database }: OpenFile, gone: BlockSums, come: BlockSums): void {
    kept = plus(minus(kept, gone), come);
    if (kept.blocks === 0 && gone.blocks > 0) shrink(database);
  }

  return {
    open: (nowMs) => use(nowMs, () => {}),
    append: (block, nowMs) =>
      use(nowMs, (on) => {
        const packed = block.lines.length === 0 ? null : pack(block);
        const come = packed ? sumsOf({ ...packed, packedBytes: packed.packed.length }) : NO_BLOCKS;
        const limit = Math.min(place.maxBytes, MAX_BLOCK_BYTES);
        if (come.cost > limit) throw new Error(`a block of ${come.bytes} bytes, which is over the limit of ${limit}`);
        const gone = inTransaction(on.database, () => {
          const away = makeRoom(on, come, nowMs);
          if (packed) on.blocks.insert(lastId + 1, packed, nowMs);
          on.cursors.save(block.marks, nowMs);
          return away;
        });
        if (packed) lastId++;
        dropped += gone.points;
        settle(on, gone, come);
      }),
    oldest: (maxBytes, nowMs) =>
      use(nowMs, ({ blocks }) => {
        const batch = blocks.oldest(maxBytes);
        if (batch === null && kept.blocks > 0) throw new DamagedFile(`${kept.blocks} blocks are gone`);
        return batch;
      }),
    remove: (upToId, nowMs) =>
      use(nowMs, (on) => {
        const gone = inTransaction(on.database, () => on.blocks.remove(upToId));
        settle(on, gone, NO_BLOCKS);
        return gone.points;
      }),
    saveMarks: (marks, nowMs) =>
      use(nowMs, ({ database, cursors }) => inTransaction(database, () => cursors.save(marks, nowMs))),
    loadMarks: (nowMs) => use(nowMs, ({ cursors }) => cursors.load()),
    prune: (nowMs) =>
      use(nowMs, (on) => {
        const gone = inTransaction(on.database, () => {
          on.cursors.prune(nowMs - CURSOR_MAX_AGE_MS);
          return makeRoom(on, NO_BLOCKS, nowMs);
        });
        dropped += gone.points;
        settle(on, gone, NO_BLOCKS);
      }),
    takeState: () => {
      const state = { kept: kept.points, keptBytes: kept.bytes, dropped, setAside: aside };
      dropped = 0;
      aside = [];
      return state;
    },
    close,
  };
}

/**
 * Gives the pages of an emptied file back. Only the cursors are copied for it, some MB; VACUUM needs no map of all pages to be kept, as
 * auto_vacuum does. Where that fails, as on a full disk, the pages are used again as they are.
 */
function shrink(database: DatabaseSync): void {
  const { free } = database
    .prepare('SELECT freelist_count * page_size AS free FROM pragma_freelist_count, pragma_page_size')
    .get() as { free: number };
  if (free < SHRINK_OVER_BYTES) return;
  try {
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
  } catch {
    // What was to be removed is removed. Damage shows again at the next call, which then puts the file aside.
  }
}
