import { cutLines } from '../model/cutLines.ts';
import type { BatchLimits } from '../model/influxTarget.ts';
import type { CursorMark, LineBlock, Lines } from '../model/lineBlock.ts';
import { joinLines } from './lineBlock.ts';
import { letGo } from './lineMemory.ts';

/** Blocks that wait in memory, oldest first. */
export interface BlockQueue {
  /** Sum of the waiting blocks' lines. */
  readonly bytes: number;
  readonly points: number;
  /** When the oldest makes a batch, by the clock of `push`: -Infinity where there is enough for a whole one, Infinity where nothing waits. */
  dueAtMs(): number;
  /** Takes a block over; one that is larger than a batch is cut, the marks with the last piece. */
  push(block: LineBlock, nowMs: number): void;
  /** The oldest blocks, as many as fit into one batch; undefined where nothing waits. */
  takeBatch(): LineBlock | undefined;
  /** Gives back what could not be written: it is the oldest again, and due. */
  putBack(batch: LineBlock): void;
  takeOldest(): LineBlock | undefined;
}

interface Waiting {
  block: LineBlock;
  sinceMs: number;
}

/** How many taken places may stand empty at the front before the rest moves up. */
const MAX_EMPTY = 1024;

/** A queue whose `take` does not move all that follow: while a store is down, 100,000 blocks of one ping each may wait. */
export function createBlockQueue({ maxLines, maxBytes, maxAgeMs }: BatchLimits): BlockQueue {
  let blocks: (Waiting | undefined)[] = [];
  let first = 0;
  let bytes = 0;
  let points = 0;

  function takeOldest(): LineBlock | undefined {
    const block = blocks[first]?.block;
    if (!block) return undefined;
    bytes -= block.lines.length;
    points -= block.points;
    // Not only passed by: up to 1024 blocks would stay in memory after they are written.
    blocks[first] = undefined;
    first++;
    if (first > MAX_EMPTY && first * 2 > blocks.length) {
      blocks = blocks.slice(first);
      first = 0;
    }
    return block;
  }

  function add(block: LineBlock): void {
    bytes += block.lines.length;
    points += block.points;
  }

  return {
    get bytes() {
      return bytes;
    },
    get points() {
      return points;
    },
    dueAtMs: () => {
      const oldest = blocks[first];
      if (!oldest) return Number.POSITIVE_INFINITY;
      return bytes >= maxBytes || points >= maxLines ? Number.NEGATIVE_INFINITY : oldest.sinceMs + maxAgeMs;
    },
    push: (block, sinceMs) => {
      const pieces = cutLines(block, maxBytes, maxLines);
      const last = pieces.pop() as Lines;
      for (const piece of pieces) blocks.push({ block: { ...piece, marks: [] }, sinceMs });
      blocks.push({ block: { ...last, marks: block.marks }, sinceMs });
      add(block);
    },
    takeBatch: () => {
      const parts: LineBlock[] = [];
      const marks: CursorMark[] = [];
      let batch = { bytes: 0, points: 0 };
      for (let next = blocks[first]?.block; next; next = blocks[first]?.block) {
        const sum = { bytes: batch.bytes + next.lines.length, points: batch.points + next.points };
        if (parts.length > 0 && (sum.bytes > maxBytes || sum.points > maxLines)) break;
        takeOldest();
        parts.push(next);
        marks.push(...next.marks);
        batch = sum;
      }
      if (parts.length === 0) return undefined;
      const joined = joinLines(parts);
      if (parts.length > 1) for (const { lines } of parts) letGo(lines);
      return { ...joined, marks };
    },
    putBack: (block) => {
      const waiting = { block, sinceMs: Number.NEGATIVE_INFINITY };
      if (first > 0) blocks[--first] = waiting;
      else blocks.unshift(waiting);
      add(block);
    },
    takeOldest,
  };
}
