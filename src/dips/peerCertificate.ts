import { X509Certificate } from 'node:crypto';
import { oneLine } from '../grid/revocation.ts';
import type { ChainMember } from '../model/credential.ts';

/** What a ping asks of a service's certificate. */
export interface PeerCertificate extends ChainMember {
  /** ISO 8601, UTC. */
  notAfter: string;
  /** What it is for, in words for people. */
  names: string;
  /** SAN by DNS or IP, and the CN even beside a SAN, as DIRAC's own client does (docs/protocol-dips.md §3.3). */
  isNamed(name: string): boolean;
}

interface Known {
  der: Buffer;
  certificate: PeerCertificate;
}

/**
 * A service shows the same certificate for a year, and reading it takes 80 µs: more than all else that is ours of a ping. By the end of its
 * signature, for a key of all its bytes would be made, and hashed, in every ping.
 */
const known = new Map<string, Known>();
const KEY_BYTES = 32;
/** 3 kB each. When there are more, all are forgotten. */
const MAX_KNOWN = 2_048;
/** Names that a certificate was checked for. */
const MAX_NAMES = 64;

/** Reads a certificate, or remembers having read it. */
export function readPeerCertificate(der: Buffer): PeerCertificate {
  const key = der.toString('latin1', der.length - KEY_BYTES);
  const found = known.get(key);
  if (found?.der.equals(der)) return found.certificate;
  const read = readNew(Buffer.from(der));
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, read);
  return read.certificate;
}

/** Keeps the bytes and no certificate object: 10 kB of OpenSSL's that V8 knows nothing of. */
function readNew(der: Buffer): Known {
  const { subject, issuer, serialNumber, subjectAltName, validToDate } = new X509Certificate(der);
  const judged = new Map<string, boolean>();
  const certificate: PeerCertificate = {
    subject,
    issuer,
    serialNumber,
    notAfter: validToDate.toISOString(),
    names: subjectAltName ?? oneLine(subject),
    isNamed: (name) => {
      let verdict = judged.get(name);
      if (verdict === undefined) {
        verdict = isNamed(new X509Certificate(der), name);
        if (judged.size >= MAX_NAMES) judged.clear();
        judged.set(name, verdict);
      }
      return verdict;
    },
  };
  return { der, certificate };
}

function isNamed(peer: X509Certificate, name: string): boolean {
  try {
    return (peer.checkHost(name, { subject: 'always' }) ?? peer.checkIP(name)) !== undefined;
  } catch {
    // checkIP throws for what is no address.
    return false;
  }
}
