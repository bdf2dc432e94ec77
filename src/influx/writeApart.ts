import type { Lines } from '../model/lineBlock.ts';
import { halve, joinLines, lineTexts, withoutLines } from './lineBlock.ts';
import { readRefusal } from './lineRefusal.ts';
import type { Unwritten, WriteAnswer } from './writeAnswer.ts';

/** What became of the lines of one batch. */
export interface Written {
  accepted: number;
  rejected: number;
  /** Why some were rejected, with one of them; null: none was. */
  detail: string | null;
  /** What the server does not take now, and why; null: nothing. */
  rest: { lines: Lines; failure: Unwritten } | null;
}

/**
 * How often a part is split, in one batch. One bad line of 5,000 takes 12; where a server names none of many bad lines, most of the batch
 * is saved in 128 (two requests each), and then a part that is refused is given up whole.
 */
const MAX_SPLITS = 128;
const MAX_EXAMPLE = 200;

/**
 * Writes a batch so that its bad lines cost only themselves. What is too large, or refused without saying which line is bad, is written
 * in halves, and they in halves; where the server names lines, the others are written again unless it has stored them. A line that is
 * written twice is the same point. Order is kept.
 */
export async function writeApart(batch: Lines, write: (lines: Lines) => Promise<WriteAnswer>): Promise<Written> {
  const written: Written = { accepted: 0, rejected: 0, detail: null, rest: null };
  const parts = [batch];
  let splits = 0;

  function reject(points: number, detail: string, example: string | undefined): void {
    written.rejected += points;
    if (points > 0) written.detail ??= example === undefined ? detail : `${detail}; such as ${cut(example)}`;
  }

  function takeApart(part: Lines, detail: string): void {
    splits++;
    if (part.points === 1 || splits > MAX_SPLITS) reject(part.points, detail, lineTexts(part)[0]);
    else parts.unshift(...halve(part));
  }

  for (let part = parts.shift(); part; part = parts.shift()) {
    const answer = await write(part);
    if (answer.kind === 'keep') {
      written.rest = { lines: joinLines([part, ...parts]), failure: answer };
      return written;
    }
    if (answer.kind === 'accepted') written.accepted += part.points;
    else if (answer.kind === 'tooLarge') takeApart(part, answer.detail);
    else {
      const texts = lineTexts(part);
      const refusal = readRefusal(answer.message, texts);
      if (refusal.kind === 'unclear') takeApart(part, answer.detail);
      else if (refusal.kind === 'some dropped') {
        reject(refusal.dropped, answer.detail, undefined);
        written.accepted += part.points - refusal.dropped;
      } else {
        const { bad } = refusal;
        reject(
          bad.size,
          answer.detail,
          texts.find((_, at) => bad.has(at)),
        );
        if (refusal.kind === 'rest stored') written.accepted += part.points - bad.size;
        else if (bad.size < part.points) parts.unshift(withoutLines(part, bad));
      }
    }
  }
  return written;
}

function cut(line: string): string {
  return line.length > MAX_EXAMPLE ? `${line.slice(0, MAX_EXAMPLE)}…` : line;
}
