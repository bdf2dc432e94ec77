import { lineEndAfter } from '../model/cutLines.ts';
import type { Lines } from '../model/lineBlock.ts';

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
