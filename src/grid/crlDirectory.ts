import type { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CaCrl } from '../model/credential.ts';
import { type Crl, isSignedBy, parseCrl, readNames } from './crl.ts';

/** Files of a CA directory that hold CRLs, as OpenSSL and fetch-crl name them. */
const HASHED_NAME = /^[0-9a-f]{8}\.r\d+$/;
/** The largest of the grid's are some megabytes. */
const MAX_FILE_BYTES = 32 << 20;
const PEM = /-----BEGIN X509 CRL-----([\s\S]+?)-----END X509 CRL-----/;

export interface CrlDirectory {
  /** One per CA that has any; the newest where there are several. */
  crls: CaCrl[];
  warnings: string[];
}

/**
 * Reads every `<hash>.rN` and checks its signature with the CA of that name. A CRL of a CA that is not believed anyway is passed
 * over; a file that is no CRL too, with a warning. A wrong signature is kept as a fault of that CA's CRL: the grid's rule is that
 * a CA with a CRL must have a good one.
 */
export function readCrlDirectory(path: string, certificates: readonly X509Certificate[]): CrlDirectory {
  const cas = certificates.map((ca) => ({ ca, name: readNames(ca.raw).subject }));
  const newest = new Map<string, CaCrl>();
  const warnings: string[] = [];
  for (const file of readdirSync(path).sort()) {
    if (!HASHED_NAME.test(file)) continue;
    try {
      const crl = parseCrl(readCrlFile(join(path, file)));
      const issuers = cas.filter(({ name }) => name === crl.issuer).map(({ ca }) => ca);
      const subject = issuers[0]?.subject;
      if (subject === undefined) continue;
      const judged = judge(crl, subject, issuers);
      const old = newest.get(subject);
      if (!old || isBetter(judged, old)) newest.set(subject, judged);
    } catch (error) {
      warnings.push(`${join(path, file)}: not a CRL (${(error as Error).message.split('\n', 1)[0]})`);
    }
  }
  return { crls: [...newest.values()], warnings };
}

function judge(crl: Crl, caSubject: string, issuers: X509Certificate[]): CaCrl {
  const signed = issuers.some(({ publicKey }) => isSignedBy(crl, publicKey));
  return {
    caSubject,
    thisUpdateMs: crl.thisUpdate.getTime(),
    nextUpdateMs: crl.nextUpdate?.getTime() ?? null,
    revoked: crl.revoked,
    fault: signed ? null : 'its signature is not by the CA',
  };
}

function isBetter(crl: CaCrl, old: CaCrl): boolean {
  if ((crl.fault === null) !== (old.fault === null)) return crl.fault === null;
  return crl.thisUpdateMs > old.thisUpdateMs;
}

function readCrlFile(path: string): Buffer {
  const found = statSync(path);
  if (!found.isFile()) throw new Error('it is no file');
  if (found.size > MAX_FILE_BYTES) throw new Error(`${found.size} bytes, at most ${MAX_FILE_BYTES} are read`);
  const bytes = readFileSync(path);
  const pem = PEM.exec(bytes.toString('latin1'));
  return pem ? Buffer.from(pem[1] as string, 'base64') : bytes;
}
