import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { LineBlock } from '../model/lineBlock.ts';
import type { SpooledBatch } from '../model/spool.ts';
import { DamagedFile } from './spoolFile.ts';
import { type BlockSums, type KeptBlock, NO_BLOCKS, plus } from './spoolPolicy.ts';

interface BlockRow {
  id: number;
  at_ms: number;
  points: number;
  crc: number;
  lines: Uint8Array<ArrayBuffer>;
}

/** The blocks of an open spool file. Every call may throw; those that write want a transaction around them. */
export function openBlockTable(database: DatabaseSync) {
  // Counted from the head of each row: its lines are not read. total() and not sum(): junk must not overflow.
  const count = database.prepare(
    `SELECT count(*) AS blocks, total(points) AS points, total(length(lines)) AS bytes, coalesce(min(id), 0) AS first,
      coalesce(max(id), 0) AS last, (SELECT max(seq) FROM sqlite_sequence WHERE name = 'block') AS seq FROM block`,
  );
  const heads = database.prepare(
    'SELECT id, points, length(lines) AS bytes, at_ms AS atMs FROM block WHERE id <= ? ORDER BY id',
  );
  const read = database.prepare('SELECT id, at_ms, points, crc, lines FROM block WHERE id <= ? ORDER BY id');
  const insert = database.prepare('INSERT INTO block (id, at_ms, points, crc, lines) VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM block WHERE id <= ?');

  /** Oldest first. */
  function* upTo(lastId: number): Iterable<KeptBlock> {
    for (const row of heads.iterate(lastId)) yield checked(row as unknown as KeptBlock);
  }

  return {
    /** All that is there, and the id that was given last. Throws DamagedFile where a block is missing. */
    count: (): { sums: BlockSums; lastId: number } => {
      const { first, last, seq, ...sums } = count.get() as unknown as BlockSums &
        Record<'first' | 'last' | 'seq', number>;
      const lastId = seq ?? 0;
      if (sums.blocks > 0 && (last - first + 1 !== sums.blocks || last !== lastId)) {
        throw new DamagedFile(`${sums.blocks} blocks from ${first} to ${last}, expected all to ${lastId}`);
      }
      return { sums: checked(sums), lastId };
    },
    all: () => upTo(Number.MAX_SAFE_INTEGER),
    insert: (id: number, { points, lines }: LineBlock, nowMs: number): void => {
      insert.run(id, nowMs, points, checksum(id, nowMs, points, lines), lines);
    },
    /** Deletes the blocks up to this id; returns their sums. */
    remove: (upToId: number): BlockSums => {
      let sums: BlockSums = NO_BLOCKS;
      for (const { points, bytes } of upTo(upToId)) sums = plus(sums, { blocks: 1, points, bytes });
      const { changes } = remove.run(upToId);
      if (changes !== sums.blocks) throw new DamagedFile(`${changes} blocks were deleted, expected ${sums.blocks}`);
      return sums;
    },
    /** The oldest blocks, `maxBytes` of lines and at least one block, as one. Throws DamagedFile where they are not as written. */
    oldest: (maxBytes: number): SpooledBatch | null => {
      let upToId = 0;
      let bytes = 0;
      for (const block of upTo(Number.MAX_SAFE_INTEGER)) {
        if (upToId > 0 && bytes + block.bytes > maxBytes) break;
        upToId = block.id;
        bytes += block.bytes;
      }
      return upToId === 0 ? null : joined(read.iterate(upToId) as unknown as Iterable<BlockRow>, upToId, bytes);
    },
  };
}

/** The row. Throws DamagedFile where something else than we write stands in it. */
function checked<Row extends object>(row: Row): Row {
  if (Object.values(row).every((value) => Number.isSafeInteger(value) && value >= 0)) return row;
  throw new DamagedFile(`junk in the table of blocks: ${JSON.stringify(row)}`);
}

function joined(rows: Iterable<BlockRow>, upToId: number, bytes: number): SpooledBatch {
  const lines = new Uint8Array(bytes);
  let points = 0;
  let at = 0;
  let lastId = 0;
  for (const row of rows) {
    if (lastId > 0 && row.id !== lastId + 1) throw new DamagedFile(`block ${lastId + 1} is missing`);
    const crc = checksum(row.id, row.at_ms, row.points, row.lines);
    if (crc !== row.crc) throw new DamagedFile(`block ${row.id} is not as it was written`);
    lines.set(row.lines, at);
    at += row.lines.length;
    points += row.points;
    lastId = row.id;
  }
  if (lastId !== upToId || at !== bytes)
    throw new DamagedFile(`${at} bytes of lines to block ${lastId}, expected ${bytes} to ${upToId}`);
  return { upToId, lines, points };
}

function checksum(id: number, atMs: number, points: number, lines: Uint8Array): number {
  if (!(lines instanceof Uint8Array)) throw new DamagedFile(`block ${id} holds no bytes`);
  return crc32(lines, crc32(`${id} ${atMs} ${points}`));
}
