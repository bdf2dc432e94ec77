import type { SpoolPlace } from '../model/spoolTask.ts';

/** What is told of a block without reading its lines. */
export interface KeptBlock {
  id: number;
  points: number;
  /** Of lines. */
  bytes: number;
  /** What is left of them in the file, where they are compressed. */
  packedBytes: number;
  /** When it was appended, since 1970. */
  atMs: number;
}

/** Blocks, added up. */
export interface BlockSums {
  blocks: number;
  points: number;
  /** Of lines. */
  bytes: number;
  /** What they take in the file at most, in bytes. */
  cost: number;
}

/** Of the file. Bigger pages are written faster: of 16 kB, blocks of 1 MiB take 60 % of the CPU that they do of 4 kB. */
export const PAGE_BYTES = 16_384;

export const NO_BLOCKS: Readonly<BlockSums> = { blocks: 0, points: 0, bytes: 0, cost: 0 };

/**
 * The sums of one block. Besides what is packed it takes a page at most, as its first and its last page stay partly empty; one smaller
 * than a page takes as much once more, as of two that do not fit into a page together.
 */
export function sumsOf({ points, bytes, packedBytes }: Pick<KeptBlock, 'points' | 'bytes' | 'packedBytes'>): BlockSums {
  return { blocks: 1, points, bytes, cost: packedBytes + Math.min(packedBytes, PAGE_BYTES) };
}

export function plus(a: BlockSums, b: BlockSums): BlockSums {
  return { blocks: a.blocks + b.blocks, points: a.points + b.points, bytes: a.bytes + b.bytes, cost: a.cost + b.cost };
}

export function minus(a: BlockSums, b: BlockSums): BlockSums {
  return { blocks: a.blocks - b.blocks, points: a.points - b.points, bytes: a.bytes - b.bytes, cost: a.cost - b.cost };
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
  let overBytes = kept.cost + incoming.cost - maxBytes;
  let upToId = 0;
  let sums: BlockSums = NO_BLOCKS;
  for (const block of blocks) {
    if (overBytes <= 0 && block.atMs >= nowMs - maxAgeMs) break;
    const gone = sumsOf(block);
    overBytes -= gone.cost;
    sums = plus(sums, gone);
    upToId = block.id;
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
