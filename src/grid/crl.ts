import { type KeyObject, verify } from 'node:crypto';
import {
  BIT_STRING,
  contentOf,
  DerError,
  type DerValue,
  GENERALIZED_TIME,
  INTEGER,
  readChildren,
  readDer,
  readSerial,
  readTime,
  SEQUENCE,
  UTC_TIME,
} from './der.ts';

/*
 * CertificateList (RFC 5280 §5) = SEQUENCE { tbsCertList, signatureAlgorithm, signature BIT STRING }
 * tbsCertList = SEQUENCE { [version INTEGER] signature issuer thisUpdate [nextUpdate] [revoked] [[0] extensions] }
 * revoked     = SEQUENCE OF SEQUENCE { serial INTEGER, date, [extensions] }
 */

/** A CRL read, its signature not yet checked. Plain data but for the bytes that are signed. */
export interface Crl {
  /** The issuer's name in DER, as hexadecimal: equal names of a CA are equal texts. */
  issuer: string;
  thisUpdate: Date;
  nextUpdate: Date | null;
  /** Serial numbers as `X509Certificate.serialNumber` has them. */
  revoked: Set<string>;
  signed: { bytes: Buffer; algorithm: string; signature: Buffer };
}

/** Digest by the signature algorithm's OID in hexadecimal; null = the key's own. MD5 and older are not believed. */
const DIGESTS: Record<string, string | null> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** Reads a CRL in DER: 30,000 entries take about 30 ms. Throws DerError. */
export function parseCrl(bytes: Buffer): Crl {
  const [tbs, algorithm, signature] = [...readChildren(bytes, expectTag(readDer(bytes), SEQUENCE))];
  if (!tbs || !algorithm || !signature) throw new DerError('DER: a CRL has three parts');
  const parts = readChildren(bytes, expectTag(tbs, SEQUENCE));
  let part = take(parts);
  if (part.tag === INTEGER) part = take(parts);
  const issuer = take(parts);
  const thisUpdate = readTime(bytes, take(parts));
  const rest = [...parts];
  const next = rest[0]?.tag === UTC_TIME || rest[0]?.tag === GENERALIZED_TIME ? rest.shift() : undefined;
  const list = rest[0]?.tag === SEQUENCE ? rest.shift() : undefined;
  return {
    issuer: bytes.toString('hex', issuer.start, issuer.end),
    thisUpdate,
    nextUpdate: next ? readTime(bytes, next) : null,
    revoked: list ? readRevoked(bytes, list) : new Set(),
    signed: {
      bytes: bytes.subarray(tbs.start, tbs.end),
      algorithm: contentOf(bytes, readDer(bytes, algorithm.contentStart, algorithm.end)).toString('hex'),
      // The first byte of a BIT STRING counts unused bits: none.
      signature: contentOf(bytes, expectTag(signature, BIT_STRING)).subarray(1),
    },
  };
}

/** Whether the CA with this key signed the CRL. */
export function isSignedBy({ signed }: Crl, key: KeyObject): boolean {
  const digest = DIGESTS[signed.algorithm];
  if (digest === undefined) return false;
  try {
    return verify(digest, signed.bytes, key, signed.signature);
  } catch {
    return false; // a key of another kind
  }
}

/** Subject and issuer names of a certificate in DER, as Crl.issuer. `raw` = X509Certificate.raw. Throws DerError. */
export function readNames(raw: Buffer): { subject: string; issuer: string } {
  const tbs = readDer(raw, readDer(raw).contentStart);
  // [[0] version] serial signature issuer validity subject …
  const parts = [...readChildren(raw, tbs)].filter(({ tag }) => tag !== 0xa0);
  const [issuer, subject] = [parts[2], parts[4]];
  if (!issuer || !subject) throw new DerError('DER: not a certificate');
  return {
    issuer: raw.toString('hex', issuer.start, issuer.end),
    subject: raw.toString('hex', subject.start, subject.end),
  };
}

function readRevoked(bytes: Buffer, list: DerValue): Set<string> {
  const serials = new Set<string>();
  for (const entry of readChildren(bytes, list)) {
    serials.add(readSerial(bytes, expectTag(readDer(bytes, entry.contentStart, entry.end), INTEGER)));
  }
  return serials;
}

function take(parts: Iterator<DerValue>): DerValue {
  const { value, done } = parts.next();
  if (done) throw new DerError('DER: a CRL ends too early');
  return value;
}

function expectTag(value: DerValue, tag: number): DerValue {
  if (value.tag === tag) return value;
  throw new DerError(`DER: tag 0x${value.tag.toString(16)} at byte ${value.start}, expected 0x${tag.toString(16)}`);
}
