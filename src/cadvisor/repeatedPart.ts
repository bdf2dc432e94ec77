import type { AnswerScan, Container } from './answerScan.ts';
import type { Key } from './keyTable.ts';
import { putLines } from './lineWriter.ts';

/** A part of a sample that was read last, and the lines that came of it. */
export interface Part {
  readonly container: Container;
  /** In the body. */
  readonly from: number;
  readonly to: number;
  /** In AnswerScan.writer. */
  readonly linesFrom: number;
  readonly linesTo: number;
  /** Where the time of each line begins, there. */
  readonly lineEnds: readonly number[];
  readonly lineEndBytes: number;
  /** How many things were faulty in it. */
  readonly faulty: number;
}

/**
 * Writes the part of a sample that is next without reading it, if it is the same, byte for byte, as in the container's sample before: its
 * lines are then the same but for their time. More than half of what cAdvisor says stays as it is from one second to the next.
 */
export function repeatPart(answer: AnswerScan, container: Container, key: Key): boolean {
  const { part } = key;
  const { bytes, at, writer } = answer;
  if (part === null || part.container !== container || part.lineEndBytes !== writer.lineEndBytes) return false;
  const end = at + part.to - part.from;
  if (end > bytes.length || bytes.compare(bytes, part.from, part.to, at, end) !== 0) return false;
  putLines(writer, part.linesFrom, part.linesTo, part.lineEnds);
  answer.faulty += part.faulty;
  answer.at = end;
  return true;
}
