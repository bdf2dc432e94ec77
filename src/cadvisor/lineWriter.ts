import { integerText, stringText } from '../model/lineText.ts';
import { BACKSLASH, COMMA } from './byteScan.ts';
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
}

const INTEGER_MARK = 0x69;
/** Longer pieces are copied by the engine's own routine, which costs as much as 30 turns of a loop. */
const MAX_LOOPED_BYTES = 32;

export function createWriter(capacityBytes: number): LineWriter {
  return {
    bytes: Buffer.allocUnsafeSlow(capacityBytes),
    length: 0,
    points: 0,
    lineEnd: Buffer.alloc(32),
    lineEndBytes: 0,
  };
}

/** What was written, in a buffer of its own. The writer is of no use afterwards. */
export function takeLines(writer: LineWriter): Uint8Array<ArrayBuffer> {
  return new Uint8Array((writer.bytes.buffer as ArrayBuffer).transfer(writer.length));
}

/** One line with all scalars of the group but `except` as fields; none if none can be written. `prefix`: measurement and tags, with a space after. */
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
    if (fieldStart > fieldsStart) putByte(writer, COMMA);
    put(writer, key.field);
    if (!putValue(writer, group, index, body)) writer.length = fieldStart;
  }
  endLine(writer, lineStart, fieldsStart);
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
  putRange(writer, writer.lineEnd, 0, writer.lineEndBytes);
  writer.points++;
}

/** False: it cannot be written. */
function putValue(writer: LineWriter, group: ScalarGroup, index: number, body: Buffer): boolean {
  const start = group.starts[index] as number;
  const end = group.ends[index] as number;
  const kind = group.kinds[index];
  if (kind === DIGITS) {
    putRange(writer, body, start, end);
    putByte(writer, INTEGER_MARK);
    return true;
  }
  if (kind === NUMBER) return putText(writer, numberText(body.toString('latin1', start, end)));
  if (kind === STRING && hasEscape(body, start, end)) return putText(writer, stringText(textOf(body, start, end)));
  // Without escapes a JSON string, and true and false, are what line protocol writes.
  putRange(writer, body, start, end);
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

function putByte(writer: LineWriter, byte: number): void {
  if (writer.length === writer.bytes.length) grow(writer, 1);
  writer.bytes[writer.length++] = byte;
}

function put(writer: LineWriter, source: Buffer): void {
  putRange(writer, source, 0, source.length);
}

function putRange(writer: LineWriter, source: Buffer, start: number, end: number): void {
  const length = end - start;
  if (writer.length + length > writer.bytes.length) grow(writer, length);
  const { bytes } = writer;
  let to = writer.length;
  if (length > MAX_LOOPED_BYTES) bytes.set(length === source.length ? source : source.subarray(start, end), to);
  else for (let from = start; from < end; from++) bytes[to++] = source[from] as number;
  writer.length += length;
}

function grow(writer: LineWriter, moreBytes: number): void {
  const grown = Buffer.allocUnsafeSlow(Math.max(writer.bytes.length * 2, writer.length + moreBytes));
  writer.bytes.copy(grown, 0, 0, writer.length);
  writer.bytes = grown;
}
