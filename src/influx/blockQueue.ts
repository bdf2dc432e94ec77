import type { LineBlock } from '../model/lineBlock.ts';

/** Blocks that wait, oldest first. */
export interface BlockQueue {
  /** Sum of the waiting blocks' lines. */
  readonly bytes: number;
  push(block: LineBlock): void;
  peek(): LineBlock | undefined;
  take(): LineBlock | undefined;
}

/** How many taken places may stand empty at the front before the rest moves up. */
const MAX_EMPTY = 1024;

/** A queue whose `take` does not move all that follow: while a store is down, 100,000 blocks of one ping each may wait. */
export function createBlockQueue(): BlockQueue {
  let blocks: LineBlock[] = [];
  let first = 0;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    push: (block) => {
      blocks.push(block);
      bytes += block.lines.length;
    },
    peek: () => blocks[first],
    take: () => {
      const block = blocks[first];
      if (!block) return undefined;
      bytes -= block.lines.length;
      first++;
      if (first > MAX_EMPTY && first * 2 > blocks.length) {
        blocks = blocks.slice(first);
        first = 0;
      }
      return block;
    },
  };
}
