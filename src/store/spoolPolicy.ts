import type { SpoolPlace } from '../model/spoolTask.ts';

/** What is told of a block without reading its lines. */
export interface KeptBlock {
  id: number;
  points: number;
  /** Of lines. */
  bytes: number;
  /** When it was appended, since 1970. */
  atMs: number;
}

/** Blocks, added up. */
export interface BlockSums {
  blocks: number;
  points: number;
  /** Of lines. */
  bytes: number;
}

/**
 * What a block takes in the file besides its lines, at most: its lines begin on a page of the table and end on a page of their own,
 * and what is left of each stays empty.
 */
export const BLOCK_OVERHEAD_BYTES = 4096;

export const NO_BLOCKS: Readonly<BlockSums> = { blocks: 0, points: 0, bytes: 0 };

/** What `sums` take in the file, in bytes. */
export function costOf({ blocks, bytes }: Pick<BlockSums, 'blocks' | 'bytes'>): number {
  return bytes + blocks * BLOCK_OVERHEAD_BYTES;
}

export function plus(a: BlockSums, b: BlockSums): BlockSums {
  return { blocks: a.blocks + b.blocks, points: a.points + b.points, bytes: a.bytes + b.bytes };
}

export function minus(a: BlockSums, b: BlockSums): BlockSums {
  return { blocks: a.blocks - b.blocks, points: a.points - b.points, bytes: a.bytes - b.bytes };
}

/**
 * The oldest blocks that must go before `incoming` is appended, and their sums: `kept` is what is there, `blocks` the same one by one,
 * oldest first. From the front only, so that a block whose time is wrong (the clock was) takes none with it that came before; one
 * dated in the future waits for its time or for the bound on bytes.
 */
export function excess(
  blocks: Iterable<KeptBlock>,
  kept: BlockSums,
  incoming: BlockSums,
  { maxBytes, maxAgeMs }: SpoolPlace,
  nowMs: number,
): { upToId: number; sums: BlockSums } {
  let overBytes = costOf(kept) + costOf(incoming) - maxBytes;
  let upToId = 0;
  let sums: BlockSums = NO_BLOCKS;
  for (const { id, points, bytes, atMs } of blocks) {
    if (overBytes <= 0 && atMs >= nowMs - maxAgeMs) break;
    const gone = { blocks: 1, points, bytes };
    overBytes -= costOf(gone);
    sums = plus(sums, gone);
    upToId = id;
  }
  return { upToId, sums };
}

/**
 * Which of the files put aside are deleted, newest first given: all but the newest three, and of those what goes beyond `maxBytes`
 * together. The newest is always kept: somebody may want to see what became of it.
 */
export function asideToDelete<Aside extends { bytes: number }>(
  newestFirst: readonly Aside[],
  maxBytes: number,
): Aside[] {
  let sum = 0;
  return newestFirst.filter(({ bytes }, at) => {
    sum += bytes;
    return at > 0 && (at >= MAX_ASIDE || sum > maxBytes);
  });
}

const MAX_ASIDE = 3;
