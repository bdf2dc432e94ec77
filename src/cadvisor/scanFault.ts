/** The answer cannot be read; the message completes "the answer …". Thrown through the scanner's frames. */
export class ScanFault extends Error {
  override readonly name = 'ScanFault';
}

/** The body is no JSON. `expected` completes "expected …". */
export function faultAt(body: Uint8Array, at: number, expected: string): ScanFault {
  return new ScanFault(`is not whole JSON: at byte ${at}: expected ${expected}, got ${describeByte(body[at])}`);
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return 'the end';
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `the byte 0x${byte.toString(16).padStart(2, '0')}`;
}
