import type { Lines } from './lineBlock.ts';

const LINE_FEED = 0x0a;

/** The same lines in pieces of at most `maxBytes` (a longer line is a piece of its own) and `maxLines` each. Nothing is copied. */
export function cutLines({ lines, points }: Lines, maxBytes: number, maxLines: number): Lines[] {
  if (lines.length <= maxBytes && points <= maxLines) return [{ lines, points }];
  const pieces: Lines[] = [];
  let start = 0;
  let end = 0;
  let count = 0;
  while (end < lines.length) {
    const lineEnd = lineEndAfter(lines, end);
    if (count === maxLines || (lineEnd - start > maxBytes && count > 0)) {
      pieces.push({ lines: lines.subarray(start, end), points: count });
      start = end;
      count = 0;
    }
    end = lineEnd;
    count++;
  }
  pieces.push({ lines: lines.subarray(start, end), points: count });
  return pieces;
}

/** Where the line that begins at `start` ends, its line feed included. */
export function lineEndAfter(lines: Uint8Array, start: number): number {
  return lines.indexOf(LINE_FEED, start) + 1 || lines.length;
}
