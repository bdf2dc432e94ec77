import { decodeBody } from './conversation.ts';
import { FrameReader } from './frame.ts';
import { WireError, type WireValue } from './wireValue.ts';

const MAX_FRAMES = 20;
const MAX_VALUE = 2000;
const MAX_RAW_BYTES = 200;

/**
 * The frames of a stream for people, a line each: how long, which encoding, what is in it; and of what is no frame its first bytes.
 * Lines hold no control characters and are bounded, whatever the stream is.
 */
export function describeFrames(stream: Buffer): string[] {
  const reader = new FrameReader();
  const lines: string[] = [];
  reader.push(stream);
  try {
    for (let frame = reader.next(); frame; frame = reader.next()) {
      if (lines.length === MAX_FRAMES) return [...lines, 'and more frames'];
      lines.push(`${frame.keepAlive ? 'keep-alive, ' : ''}${describeBody(frame.body)}`);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return [...lines, `no frame (${error.message}): ${quote(stream.subarray(-reader.pendingBytes))}`];
  }
  if (reader.pendingBytes === 0) return lines;
  return [
    ...lines,
    `the beginning of a frame, ${reader.pendingBytes} bytes: ${quote(stream.subarray(-reader.pendingBytes))}`,
  ];
}

function describeBody(body: Buffer): string {
  try {
    const { encoding, value } = decodeBody(body);
    return `${body.length} bytes ${encoding}: ${describeValue(value)}`;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `${body.length} bytes that are neither DEncode nor JSON (${error.message}): ${quote(body)}`;
  }
}

/** A value on one line of at most 2000 characters, without control characters. */
export function describeValue(value: WireValue): string {
  return cut(writeValue(value));
}

function writeValue(value: WireValue): string {
  if (typeof value === 'string') return escapeControls(JSON.stringify(value));
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '<no time>' : value.toISOString();
  if (Array.isArray(value)) return `[${value.map(writeValue).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, member]) => `${escapeControls(String(key))}: ${writeValue(member)}`).join(', ')}}`;
  }
  return String(value);
}

/** The first 200 bytes as text, those that are no printable ASCII as `\xNN`. */
export function quote(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, MAX_RAW_BYTES).replace(/[^\x20-\x7e]/g, hexEscape);
  return `"${text}"${bytes.length > MAX_RAW_BYTES ? '…' : ''}`;
}

/** What JSON leaves as it is and a terminal obeys, and line ends of Unicode. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, hexEscape);
}

function hexEscape(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16);
  return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`;
}

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
