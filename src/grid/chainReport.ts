import { X509Certificate } from 'node:crypto';
import type { CaCrl, Credential } from '../model/credential.ts';
import { faultOf, oneLine } from './revocation.ts';

/** One certificate of a chain that a service showed, and who judged it. */
export interface ChainLink {
  certificate: X509Certificate;
  /** The believed CA that signed it; null where there is none. */
  ca: X509Certificate | null;
  /** Whether that CA is none of our CA directory, but a public one. */
  isPublic: boolean;
  /** The certificate that the service sent along as its issuer, where that did sign it. */
  sentIssuer: X509Certificate | null;
  /** The CRL of its issuer as it counts for this certificate, in words. */
  crl: string;
}

/** A chain longer than this is no grid's; the walk must end. */
const MAX_CHAIN = 10;

/** Who may judge a chain. */
export interface Judges extends Pick<Credential, 'caPems' | 'crls'> {
  /** PEM of the CAs that are believed beside those of our CA directory. */
  publicCaPems: readonly string[];
}

/**
 * Walks a chain from the service's certificate upwards to below the root, through our CAs and through what was sent (the service's own
 * first; that CAs of ours are in it too does no harm).
 */
export function reportChain(
  sent: readonly X509Certificate[],
  { caPems, publicCaPems, crls }: Judges,
  nowMs: number,
): ChainLink[] {
  const ours = caPems.map((pem) => new X509Certificate(pem));
  const others = publicCaPems.map((pem) => new X509Certificate(pem));
  const links: ChainLink[] = [];
  for (let member = sent[0] ?? null; member && links.length < MAX_CHAIN; ) {
    const certificate: X509Certificate = member;
    const issuerAmong = (cas: readonly X509Certificate[]) => cas.find((ca) => isIssuer(ca, certificate)) ?? null;
    const ourCa = issuerAmong(ours);
    const ca = ourCa ?? issuerAmong(others);
    const sentIssuer = issuerAmong(sent);
    const crl = describeCrl(certificate, crls, nowMs);
    links.push({ certificate, ca, isPublic: ca !== ourCa, sentIssuer, crl });
    const issuer = ca ?? sentIssuer;
    member = issuer && issuer.subject !== issuer.issuer ? issuer : null;
  }
  return links;
}

function isIssuer(ca: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  } catch {
    // A key of a kind that OpenSSL does not know: it verified nothing.
    return false;
  }
}

function describeCrl({ issuer, serialNumber }: X509Certificate, crls: readonly CaCrl[], nowMs: number): string {
  const crl = crls.find(({ caSubject }) => caSubject === issuer);
  if (!crl) return `none of ${oneLine(issuer)}: not checked`;
  const next = crl.nextUpdateMs === null ? 'no next update' : `next update ${new Date(crl.nextUpdateMs).toISOString()}`;
  const listed =
    crl.fault === null && crl.revoked.has(serialNumber) ? 'lists this one: REVOKED' : 'does not list this one';
  const fault = faultOf(crl, nowMs);
  return `of ${oneLine(issuer)}: ${next}, ${crl.revoked.size} revoked, ${listed}${fault === null ? '' : `; ${fault}`}`;
}
