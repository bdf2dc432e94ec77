import assert from 'node:assert/strict';
import { constants, zstdCompressSync } from 'node:zlib';
import type { CursorMark, LineBlock } from '../../src/model/lineBlock.ts';
import type { SpooledBatch } from '../../src/model/spool.ts';
import type { SpoolPlace, SpoolState } from '../../src/model/spoolTask.ts';

/*
 * What a spool is, without a disk: a list of blocks and a map of cursors. Written from the words of the decision, not from the code.
 */

interface ModelBlock {
  text: string;
  /** In the file, at most. */
  cost: number;
  points: number;
  atMs: number;
}

/** Of the decision: a block counts its packed lines and a page, or twice its packed lines where they are smaller. */
const PAGE_BYTES = 16_384;

function costOfBlock({ lines }: LineBlock): number {
  if (lines.length === 0) return 0;
  const size = zstdCompressSync(lines, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length;
  return size + Math.min(size, PAGE_BYTES);
}
const WEEK_MS = 7 * 24 * 3600 * 1000;

export function createSpoolModel({ maxBytes, maxAgeMs }: SpoolPlace) {
  let blocks: ModelBlock[] = [];
  const cursors = new Map<string, { mark: CursorMark; atMs: number }>();
  /** Of points, each in exactly one of them. */
  const sums = { appended: 0, removed: 0, dropped: 0, unread: 0 };
  /** The file was damaged where nobody looked yet. */
  let isDamaged = false;
  /** Blocks that went since `oldest` was asked, which gave this many. */
  let given = 0;
  const pointsOf = (some: readonly ModelBlock[]) => some.reduce((sum, { points }) => sum + points, 0);
  const costOf = (some: readonly ModelBlock[]) => some.reduce((sum, { cost }) => sum + cost, 0);

  function drop(incoming: readonly ModelBlock[], nowMs: number): void {
    while (blocks.length > 0) {
      const isTooOld = nowMs - (blocks[0]?.atMs ?? 0) > maxAgeMs;
      if (!isTooOld && costOf(blocks) + costOf(incoming) <= maxBytes) return;
      sums.dropped += pointsOf(blocks.splice(0, 1));
      given = Math.max(0, given - 1);
    }
  }

  function save(marks: readonly CursorMark[], atMs: number): void {
    for (const mark of marks) cursors.set(`${mark.node} ${mark.source}`, { mark, atMs });
  }

  return {
    sums,
    fits: (block: LineBlock) => costOfBlock(block) <= maxBytes,
    append: (next: LineBlock, nowMs: number): void => {
      const { lines, points, marks } = next;
      const block = { text: Buffer.from(lines).toString('latin1'), cost: costOfBlock(next), points, atMs: nowMs };
      drop(points > 0 ? [block] : [], nowMs);
      if (points > 0) blocks.push(block);
      sums.appended += points;
      save(marks, nowMs);
    },
    save,
    prune: (nowMs: number): void => {
      drop([], nowMs);
      for (const [key, { atMs }] of cursors) if (nowMs - atMs > WEEK_MS) cursors.delete(key);
    },
    checkOldest: (batch: SpooledBatch | null, wantedBytes: number): void => {
      let size = 0;
      given = blocks.findIndex(({ text }, at) => {
        size += text.length;
        return at > 0 && size > wantedBytes;
      });
      if (given < 0) given = blocks.length;
      const expected = blocks.slice(0, given);
      assert.equal(batch === null, given === 0);
      assert.equal(batch?.points ?? 0, pointsOf(expected));
      assert.equal(Buffer.from(batch?.lines ?? []).toString('latin1'), expected.map(({ text }) => text).join(''));
    },
    checkRemoved: (points: number): void => {
      const gone = blocks.splice(0, given);
      given = 0;
      assert.equal(points, pointsOf(gone));
      sums.removed += points;
    },
    /** Its process is gone. */
    forgetGiven: () => {
      given = 0;
    },
    checkMarks: (marks: readonly CursorMark[]): void => {
      const byKey = new Map(marks.map((mark) => [`${mark.node} ${mark.source}`, mark]));
      assert.equal(byKey.size, marks.length);
      assert.deepEqual(byKey, new Map([...cursors].map(([key, { mark }]) => [key, mark])));
    },
    damage: () => {
      isDamaged = true;
    },
    /** A file was put aside during a call, before the call was made on a new one. */
    checkAside: ({ setAside }: SpoolState, isJustOpened: boolean): void => {
      assert.ok(isDamaged, `${setAside[0]?.detail}, but nobody damaged it`);
      assert.equal(setAside.length, 1);
      const kept = pointsOf(blocks);
      const known = setAside[0]?.points;
      assert.ok(known === kept || (isJustOpened && known === 0), `${known} points are told to be lost of ${kept}`);
      sums.dropped += known ?? 0;
      sums.unread += kept - (known ?? 0);
      blocks = [];
      given = 0;
      cursors.clear();
      isDamaged = false;
    },
    check: ({ kept, keptBytes }: SpoolState, dropped: number): void => {
      assert.equal(kept, pointsOf(blocks));
      assert.equal(
        keptBytes,
        blocks.reduce((sum, { text }) => sum + text.length, 0),
      );
      assert.equal(dropped, sums.dropped);
      assert.equal(sums.appended, kept + sums.removed + dropped + sums.unread, 'every point is somewhere');
    },
  };
}
