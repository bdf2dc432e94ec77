import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { SpooledBatch } from '../model/spool.ts';
import { type PackedBlock, unpacked } from './packedBlock.ts';
import { DamagedFile } from './spoolFile.ts';
import { type BlockSums, type KeptBlock, NO_BLOCKS, plus, sumsOf } from './spoolPolicy.ts';

/** All of a block but its lines. */
interface BlockHead extends KeptBlock {
  packedCrc: number;
}

/** The blocks of an open spool file. Every call may throw; those that write want a transaction around them. */
export function openBlockTable(database: DatabaseSync) {
  // SQLite knows the length of a blob without reading it. Without an id, so that a damaged one is not passed over.
  const heads = database.prepare(
    'SELECT id, at_ms AS atMs, points, bytes, length(packed) AS packedBytes, packed_crc AS packedCrc, crc FROM block ORDER BY id',
  );
  const lastId = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'block'");
  const read = database.prepare('SELECT packed FROM block WHERE id = ?');
  const insert = database.prepare(
    'INSERT INTO block (id, at_ms, points, bytes, packed_crc, crc, packed) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM block WHERE id <= ?');

  /** Oldest first. */
  function* all(): Generator<BlockHead> {
    let previous: number | null = null;
    for (const row of heads.iterate()) {
      const head = row as unknown as BlockHead & { crc: number };
      if (head.crc !== checksum(head)) throw new DamagedFile(`block ${head.id} is not as it was written`);
      if (previous !== null && head.id !== previous + 1) throw new DamagedFile(`block ${previous + 1} is missing`);
      previous = head.id;
      yield head;
    }
  }

  return {
    all,
    /** All that is there, and the id that was given last. */
    count: (): { sums: BlockSums; lastId: number } => {
      let sums: BlockSums = NO_BLOCKS;
      let last = 0;
      for (const head of all()) {
        sums = plus(sums, sumsOf(head));
        last = head.id;
      }
      const given = Number(lastId.get()?.seq ?? 0);
      if (!Number.isSafeInteger(given) || (last > 0 && last !== given))
        throw new DamagedFile(`the newest block is ${last}, expected ${given}`);
      return { sums, lastId: given };
    },
    insert: (id: number, { points, bytes, packed }: PackedBlock, atMs: number): void => {
      const packedCrc = crc32(packed);
      const crc = checksum({ id, atMs, points, bytes, packedBytes: packed.length, packedCrc });
      insert.run(id, atMs, points, bytes, packedCrc, crc, packed);
    },
    /** Deletes the blocks up to this id; returns their sums. */
    remove: (upToId: number): BlockSums => {
      let sums: BlockSums = NO_BLOCKS;
      for (const head of all()) {
        if (head.id > upToId) break;
        sums = plus(sums, sumsOf(head));
      }
      const { changes } = remove.run(upToId);
      if (changes !== sums.blocks) throw new DamagedFile(`${changes} blocks were deleted, expected ${sums.blocks}`);
      return sums;
    },
    /** The oldest blocks, `maxBytes` of lines and at least one block, as one. */
    oldest: (maxBytes: number): SpooledBatch | null => {
      const taken: BlockHead[] = [];
      let bytes = 0;
      for (const head of all()) {
        if (taken.length > 0 && bytes + head.bytes > maxBytes) break;
        taken.push(head);
        bytes += head.bytes;
      }
      const last = taken.at(-1);
      if (!last) return null;
      const lines = new Uint8Array(bytes);
      let at = 0;
      for (const head of taken) {
        lines.set(linesOf(head), at);
        at += head.bytes;
      }
      return { upToId: last.id, lines, points: taken.reduce((sum, { points }) => sum + points, 0) };
    },
  };

  function linesOf({ id, bytes, packedCrc }: BlockHead): Uint8Array {
    const packed = read.get(id)?.packed;
    const isWhole = packed instanceof Uint8Array && crc32(packed) === packedCrc;
    if (!isWhole) throw new DamagedFile(`the lines of block ${id} are not as they were written`);
    return unpacked(packed, bytes);
  }
}

function checksum({ id, atMs, points, bytes, packedBytes, packedCrc }: BlockHead): number {
  return crc32(`${id} ${atMs} ${points} ${bytes} ${packedBytes} ${packedCrc}`);
}
