import { X509Certificate } from 'node:crypto';
import type { CaCrl, Credential } from '../model/credential.ts';
import { faultOf, oneLine } from './revocation.ts';

/** One certificate of a chain that a service showed, and who judged it. */
export interface ChainLink {
  certificate: X509Certificate;
  /** The CA of our CA directory that signed it; null where there is none. */
  ca: X509Certificate | null;
  /** The certificate that the service sent along as its issuer, where that did sign it. */
  sentIssuer: X509Certificate | null;
  /** The CRL of its issuer as it counts for this certificate, in words. */
  crl: string;
}

/** A chain longer than this is no grid's; the walk must end. */
const MAX_CHAIN = 10;

/** Walks a chain from the service's certificate upwards, through what was sent and through our CA directory, to below the root. */
export function reportChain(peer: X509Certificate, { caPems, crls }: Credential, nowMs: number): ChainLink[] {
  const cas = caPems.map((pem) => new X509Certificate(pem));
  const links: ChainLink[] = [];
  for (let member: X509Certificate | null = peer; member && links.length < MAX_CHAIN; ) {
    const certificate: X509Certificate = member;
    const ca = cas.find((candidate) => isIssuer(candidate, certificate)) ?? null;
    const { issuerCertificate: above } = certificate;
    const sentIssuer = above && isIssuer(above, certificate) ? above : null;
    links.push({ certificate, ca, sentIssuer, crl: describeCrl(certificate, crls, nowMs) });
    const issuer = ca ?? sentIssuer;
    member = issuer && issuer.subject !== issuer.issuer ? issuer : null;
  }
  return links;
}

function isIssuer(ca: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
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
