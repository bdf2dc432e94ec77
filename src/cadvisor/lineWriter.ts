import { integerText, stringText } from '../model/lineText.ts';
import { BACKSLASH } from './byteScan.ts';
import { type Key, textOf } from './keyTable.ts';
import { DIGITS, NUMBER, type ScalarGroup, STRING } from './scalarGroup.ts';

/** Line protocol as it grows. */
export interface LineWriter {
  bytes: Buffer;
  length: number;
  points: number;
  /** ` <ns>\n`, the end of each line of the sample that is being written. */
  readonly lineEnd: Buffer;
  lineEndBytes: number;
  /** Where the time of each line begins that was written since this was emptied. */
  lineEnds: number[];
}

const SPACE = 0x20;
const INTEGER_MARK = 0x69;
const INTEGER_MARK_BYTES = Buffer.from('i');
/** Longer pieces are copied by the engine's own routine, which costs as much as 30 turns of a loop. */
const MAX_LOOPED_BYTES = 32;

export function createWriter(capacityBytes: number): LineWriter {
  return {
    bytes: Buffer.allocUnsafeSlow(capacityBytes),
    length: 0,
    points: 0,
    lineEnd: Buffer.alloc(32),
    lineEndBytes: 0,
    lineEnds: [],
  };
}

/** What was written, in a buffer of its own. The writer is of no use afterwards. */
export function takeLines(writer: LineWriter): Uint8Array<ArrayBuffer> {
  return new Uint8Array((writer.bytes.buffer as ArrayBuffer).transfer(writer.length));
}

/** One line with all scalars of the group but `except` as fields; none if none can be written. `prefix`: measurement and tags. */
export function writeFields(
  writer: LineWriter,
  prefix: Buffer,
  group: ScalarGroup,
  body: Buffer,
  except: Key | null,
): void {
  const lineStart = writer.length;
  put(writer, prefix);
  const fieldsStart = writer.length;
  for (let index = 0; index < group.count; index++) {
    const key = group.keys[index] as Key;
    if (key === except || key.field.length === 0) continue;
    const fieldStart = writer.length;
    const start = group.starts[index] as number;
    const end = group.ends[index] as number;
    makeRoom(writer, key.field.length + end - start + 1);
    const to = copyShort(writer.bytes, fieldStart, key.field, 0, key.field.length);
    if (group.kinds[index] === DIGITS) {
      const valueEnd = copyShort(writer.bytes, to, body, start, end);
      writer.bytes[valueEnd] = INTEGER_MARK;
      writer.length = valueEnd + 1;
    } else {
      writer.length = to;
      if (!putValue(writer, group, index, body)) writer.length = fieldStart;
    }
  }
  // In place of the comma before the first field.
  if (writer.length > fieldsStart) writer.bytes[fieldsStart] = SPACE;
  endLine(writer, lineStart, fieldsStart);
}

/** Byte by byte, which for some ten bytes is quicker than a call of the engine's own routine. Tells where the copy ends. */
function copyShort(target: Buffer, start: number, source: Buffer, from: number, end: number): number {
  let to = start;
  for (let at = from; at < end; at++) target[to++] = source[at] as number;
  return to;
}

/** One line with the number at `index` as its only field; none if it is no number. `prefix`: with `value=` at the end. */
export function writeNumber(writer: LineWriter, prefix: Buffer, group: ScalarGroup, index: number, body: Buffer): void {
  const kind = group.kinds[index];
  if (kind !== DIGITS && kind !== NUMBER) return;
  const lineStart = writer.length;
  put(writer, prefix);
  const valueStart = writer.length;
  putValue(writer, group, index, body);
  endLine(writer, lineStart, valueStart);
}

function endLine(writer: LineWriter, lineStart: number, fieldsStart: number): void {
  if (writer.length === fieldsStart) {
    writer.length = lineStart;
    return;
  }
  writer.lineEnds.push(writer.length);
  putRange(writer, writer.lineEnd, 0, writer.lineEndBytes);
  writer.points++;
}

/** Writes lines again that stand at `from` to `to`, with the time of now; `lineEnds`: where they have theirs, of the same length. */
export function putLines(writer: LineWriter, from: number, to: number, lineEnds: readonly number[]): void {
  const length = to - from;
  makeRoom(writer, length);
  const shift = writer.length - from;
  writer.bytes.copyWithin(writer.length, from, to);
  for (const end of lineEnds) {
    writer.length = end + shift;
    putRange(writer, writer.lineEnd, 0, writer.lineEndBytes);
  }
  writer.length = to + shift;
  writer.points += lineEnds.length;
}

/** False: it cannot be written. */
function putValue(writer: LineWriter, group: ScalarGroup, index: number, body: Buffer): boolean {
  const start = group.starts[index] as number;
  const end = group.ends[index] as number;
  const kind = group.kinds[index];
  if (kind === NUMBER) return putText(writer, numberText(body.toString('latin1', start, end)));
  if (kind === STRING && hasEscape(body, start, end)) return putText(writer, stringText(textOf(body, start, end)));
  // Without escapes a JSON string, and true and false, are what line protocol writes.
  putRange(writer, body, start, end);
  if (kind === DIGITS) put(writer, INTEGER_MARK_BYTES);
  return true;
}

function numberText(json: string): string | null {
  return integerText(/^-?\d+$/.test(json) ? BigInt(json) : Number(json));
}

function hasEscape(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (body[at] === BACKSLASH) return true;
  return false;
}

function putText(writer: LineWriter, text: string | null): boolean {
  if (text === null) return false;
  put(writer, Buffer.from(text));
  return true;
}

function put(writer: LineWriter, source: Buffer): void {
  putRange(writer, source, 0, source.length);
}

function putRange(writer: LineWriter, source: Buffer, start: number, end: number): void {
  const length = end - start;
  makeRoom(writer, length);
  if (length <= MAX_LOOPED_BYTES) copyShort(writer.bytes, writer.length, source, start, end);
  else writer.bytes.set(length === source.length ? source : source.subarray(start, end), writer.length);
  writer.length += length;
}

function makeRoom(writer: LineWriter, moreBytes: number): void {
  if (writer.length + moreBytes > writer.bytes.length) grow(writer, moreBytes);
}

function grow(writer: LineWriter, moreBytes: number): void {
  const grown = Buffer.allocUnsafeSlow(Math.max(writer.bytes.length * 2, writer.length + moreBytes));
  writer.bytes.copy(grown, 0, 0, writer.length);
  writer.bytes = grown;
}
