/** What scan/scan.c exports. Addresses and sizes in bytes. */
export interface ScanExports {
  readonly memory: WebAssembly.Memory;
  readonly __stack_pointer: WebAssembly.Global;
  /** Where a body of so many bytes belongs. */
  body_room(bytes: number): number;
  /** Reads the body; tells its first byte that is no white space. `seed`: any 32 bits that cannot be guessed. */
  scan(isLegacy: boolean, isCadvisor: boolean, isMachine: boolean, seed: number): number;
  lines_at(): number;
  lines_bytes(): number;
  points_of(): number;
  samples_of(): number;
  faulty_of(): number;
  /** Where scan/host.h has `exchange`. */
  exchange_at(): number;
  /** Room for texts that are made: of keys, and of a container's tags. */
  names_room(bytes: number): number;
  tags_room(bytes: number): number;
}

/** The memory of a scanner. A text in it is known by its address and its size, which the scanner keeps side by side, 4 bytes each. */
export interface ScanMemory {
  readonly exports: ScanExports;
  /** All of it, as it was when it was looked at last. */
  bytes: Buffer;
}

export const TEXT_BYTES = 8;

/** All of the memory; another buffer when it has grown. */
export function bytesOf(memory: ScanMemory): Buffer {
  const { buffer } = memory.exports.memory;
  if (memory.bytes.buffer !== buffer) memory.bytes = Buffer.from(buffer);
  return memory.bytes;
}

/** The text that the scanner keeps at `place`. */
export function textAt(memory: ScanMemory, place: number): string {
  const bytes = bytesOf(memory);
  const start = bytes.readUInt32LE(place);
  return bytes.toString('utf8', start, start + bytes.readUInt32LE(place + 4));
}

/** Makes the text at `place` one of these bytes, in room that the scanner gives. */
export function setText(memory: ScanMemory, place: number, text: Buffer, room: 'names_room' | 'tags_room'): void {
  const start = memory.exports[room](text.length);
  const bytes = bytesOf(memory);
  bytes.set(text, start);
  bytes.writeUInt32LE(start, place);
  bytes.writeUInt32LE(text.length, place + 4);
}

/** A text that ends with a zero. */
export function constantAt(memory: ScanMemory, start: number): string {
  const bytes = bytesOf(memory);
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}

/** The text of a JSON string, quotes included. */
export function tokenText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
}
