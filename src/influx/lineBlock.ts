import type { LineBlock } from '../model/lineBlock.ts';

const LINE_FEED = 0x0a;

/** The same lines in blocks of at most `maxBytes` each (a longer line is a block of its own), the marks with the last. Nothing is copied. */
export function cutBlock(block: LineBlock, maxBytes: number): LineBlock[] {
  if (block.lines.length <= maxBytes) return [block];
  const blocks: LineBlock[] = [];
  const { lines } = block;
  let start = 0;
  let end = 0;
  let points = 0;
  while (end < lines.length) {
    const lineEnd = lines.indexOf(LINE_FEED, end) + 1 || lines.length;
    if (lineEnd - start > maxBytes && end > start) {
      blocks.push({ lines: lines.subarray(start, end), points, marks: [] });
      start = end;
      points = 0;
    }
    end = lineEnd;
    points++;
  }
  blocks.push({ lines: lines.subarray(start, end), points, marks: block.marks });
  return blocks;
}
