import { type CertificateFacts, readCertificateFacts, readChain } from './certificateFacts.ts';
import { oneLine } from './revocation.ts';

const HOUR_MS = 3_600_000;
/** A host certificate is renewed by people, a proxy by a program. */
const WARN_BEFORE_MS = { certificate: 7 * 24 * HOUR_MS, proxy: 2 * HOUR_MS };

/**
 * The certificate of a PEM chain that ends first: a proxy usually ends before what issued it, but need not. Null: none in it.
 * Throws what OpenSSL throws on a certificate that is none.
 */
export function earliestExpiry(certPem: string): CertificateFacts | null {
  const chain = readChain(certPem).map(readCertificateFacts);
  return chain.reduce<CertificateFacts | null>(
    (first, facts) => (first === null || facts.notAfter < first.notAfter ? facts : first),
    null,
  );
}

/** What to say in a log when our own certificate ends in less than 7 days, a proxy in less than 2 hours; null: nothing. */
export function expiryWarning(certPem: string, nowMs: number): string | null {
  const first = earliestExpiry(certPem);
  if (first === null) return null;
  const leftMs = first.notAfter.getTime() - nowMs;
  if (leftMs >= WARN_BEFORE_MS[first.proxy ? 'proxy' : 'certificate']) return null;
  const verb = leftMs < 0 ? 'ended' : 'ends';
  return `our ${first.proxy ? 'proxy' : 'certificate'} ${oneLine(first.subject)} ${verb} at ${first.notAfter.toISOString()}`;
}
