import type { LineBlock } from '../model/lineBlock.ts';

const LINE_FEED = 0x0a;

/** Whole lines, each ended by `\n`, and how many. */
export type Lines = Pick<LineBlock, 'lines' | 'points'>;

/**
 * The same lines in blocks of at most `maxBytes` (a longer line is a block of its own) and `maxLines` each, the marks with the last.
 * Nothing is copied.
 */
export function cutBlock(block: LineBlock, maxBytes: number, maxLines: number): LineBlock[] {
  if (block.lines.length <= maxBytes && block.points <= maxLines) return [block];
  const blocks: LineBlock[] = [];
  const { lines } = block;
  let start = 0;
  let end = 0;
  let points = 0;
  while (end < lines.length) {
    const lineEnd = lineEndAfter(lines, end);
    if (points === maxLines || (lineEnd - start > maxBytes && points > 0)) {
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

/** The first half of at least two lines, and the second. */
export function halve({ lines, points }: Lines): [Lines, Lines] {
  const half = Math.floor(points / 2);
  let end = 0;
  for (let at = 0; at < half; at++) end = lineEndAfter(lines, end);
  return [
    { lines: lines.subarray(0, end), points: half },
    { lines: lines.subarray(end), points: points - half },
  ];
}

/** Without the lines at these places. */
export function withoutLines({ lines, points }: Lines, places: ReadonlySet<number>): Lines {
  const kept: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < points; at++) {
    const end = lineEndAfter(lines, start);
    if (!places.has(at)) kept.push(lines.subarray(start, end));
    start = end;
  }
  return { lines: Buffer.concat(kept), points: points - places.size };
}

/** Each line as text, without its line feed. */
export function lineTexts({ lines }: Lines): string[] {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString();
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** One after another, as one. */
export function joinLines(parts: readonly Lines[]): Lines {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  return {
    lines: Buffer.concat(parts.map(({ lines }) => lines)),
    points: parts.reduce((sum, { points }) => sum + points, 0),
  };
}

function lineEndAfter(lines: Uint8Array, start: number): number {
  return lines.indexOf(LINE_FEED, start) + 1 || lines.length;
}
