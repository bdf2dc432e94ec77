/*
 * DER (X.690) as far as certificates and CRLs need it:
 * value = tag (1 byte) length (1 byte below 0x80, else 0x80 + n and n bytes) content
 * Node's X509Certificate gives no names in DER, and it reads no CRL at all.
 */

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;

/** Bytes that are not the DER that was expected; `message` says what and where. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** Where a value stands in its bytes: header at `start`, content from `contentStart` to `end`. */
export interface DerValue {
  tag: number;
  start: number;
  contentStart: number;
  end: number;
}

/** The value at `at`, which must end by `limit`. Throws DerError. */
export function readDer(bytes: Buffer, at = 0, limit: number = bytes.length): DerValue {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined) throw new DerError(`DER ends within a header at byte ${at}`);
  let contentStart = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count < 1 || count > 4 || contentStart + count > limit) throw new DerError(`DER: no length at byte ${at}`);
    length = bytes.readUIntBE(contentStart, count);
    contentStart += count;
  }
  if (contentStart + length > limit) throw new DerError(`DER: the value at byte ${at} is longer than what holds it`);
  return { tag, start: at, contentStart, end: contentStart + length };
}

/** The values inside a constructed one, in order. Throws DerError. */
export function* readChildren(bytes: Buffer, parent: DerValue): Generator<DerValue> {
  for (let at = parent.contentStart; at < parent.end; ) {
    const child = readDer(bytes, at, parent.end);
    yield child;
    at = child.end;
  }
}

/** The first value with this tag inside a constructed one, or null. Without the objects of an iterator. Throws DerError. */
export function findChild(bytes: Buffer, parent: DerValue, tag: number): DerValue | null {
  let at = parent.contentStart;
  while (at < parent.end) {
    const child = readDer(bytes, at, parent.end);
    if (child.tag === tag) return child;
    at = child.end;
  }
  return null;
}

export function contentOf(bytes: Buffer, { contentStart, end }: DerValue): Buffer {
  return bytes.subarray(contentStart, end);
}

/** A positive INTEGER in upper-case hexadecimal, as `X509Certificate.serialNumber` has it. */
export function readSerial(bytes: Buffer, value: DerValue): string {
  let { contentStart } = value;
  while (contentStart < value.end - 1 && bytes[contentStart] === 0) contentStart++;
  return bytes.toString('hex', contentStart, value.end).toUpperCase();
}

/** A UTCTime (years 1950 to 2049) or GeneralizedTime, both in seconds and Z, as RFC 5280 demands. Throws DerError. */
export function readTime(bytes: Buffer, value: DerValue): Date {
  const text = bytes.toString('latin1', value.contentStart, value.end);
  const full = value.tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (!match) throw new DerError(`DER: no time at byte ${value.start}`);
  const [, year, month, day, hours, minutes, seconds] = match;
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}
