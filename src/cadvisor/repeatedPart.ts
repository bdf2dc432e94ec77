import type { AnswerScan, Container } from './answerScan.ts';
import { OPEN_BRACE, OPEN_BRACKET, standsAgain } from './byteScan.ts';
import type { Key } from './keyTable.ts';
import { putLines } from './lineWriter.ts';
import type { Part } from './part.ts';

/** Before the part that is next is read. */
export function startPart(answer: AnswerScan, container: Container, { part }: Key): Part {
  const { writer } = answer;
  part.container = isNested(answer) ? container : null;
  part.from = answer.at;
  part.linesFrom = writer.length;
  part.lineEnds.length = 0;
  part.lineEndBytes = writer.lineEndBytes;
  part.faulty = answer.faulty;
  writer.lineEnds = part.lineEnds;
  return part;
}

/** Only such a value ends where it ends, whatever comes next: after the same digits there may be another. */
function isNested({ bytes, at }: AnswerScan): boolean {
  return bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET;
}

/** After it was read. */
export function endPart(answer: AnswerScan, part: Part): void {
  part.to = answer.at;
  part.linesTo = answer.writer.length;
  part.faulty = answer.faulty - part.faulty;
}

/**
 * Writes the part of a sample that is next without reading it, if it is the same, byte for byte, as in the container's sample before: its
 * lines are then the same but for their time. More than half of what cAdvisor says stays as it is from one second to the next.
 */
export function repeatPart(answer: AnswerScan, container: Container, { part }: Key): boolean {
  const { bytes, at, writer } = answer;
  if (part.container !== container || part.lineEndBytes !== writer.lineEndBytes) return false;
  if (!standsAgain(bytes, part.from, part.to, at)) return false;
  putLines(writer, part.linesFrom, part.linesTo, part.lineEnds);
  answer.faulty += part.faulty;
  answer.at = at + part.to - part.from;
  return true;
}
