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

/** Whether a certificate ends in less than 7 days, a proxy in less than 2 hours, or has ended. */
export function endsSoon({ notAfter, proxy }: CertificateFacts, nowMs: number): boolean {
  return notAfter.getTime() - nowMs < WARN_BEFORE_MS[proxy ? 'proxy' : 'certificate'];
}

/** What to say in a log when the first certificate of our chain to end ends soon; null: nothing. */
export function expiryWarning(certPem: string, nowMs: number): string | null {
  const first = earliestExpiry(certPem);
  if (first === null || !endsSoon(first, nowMs)) return null;
  const verb = first.notAfter.getTime() < nowMs ? 'ended' : 'ends';
  return `our ${first.proxy ? 'proxy' : 'certificate'} ${oneLine(first.subject)} ${verb} at ${first.notAfter.toISOString()}`;
}
