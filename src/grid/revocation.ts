import type { CaCrl, ChainMember, CrlPolicy } from '../model/credential.ts';

export interface Revocation {
  reason: 'tls_crl_revoked' | 'tls_crl_expired';
  detail: string;
}

/** CRLs by the subject of their CA, as X509Certificate.subject writes it. */
export type CrlsByCa = ReadonlyMap<string, CaCrl>;

/**
 * The grid's rule, on the chain from the service's certificate to the CA: a CA without a CRL is not checked; one with a CRL
 * revokes what that lists, and the CRL must be good (signed by the CA, not past nextUpdate) unless the policy lets it pass.
 * Null: nothing against the chain.
 */
export function judgeChain(
  chain: readonly ChainMember[],
  crls: CrlsByCa,
  policy: CrlPolicy,
  nowMs: number,
): Revocation | null {
  for (const { subject, issuer, serialNumber } of chain) {
    const crl = crls.get(issuer);
    if (!crl) continue;
    // A list that is not the CA's own revokes nothing.
    if (crl.fault === null && crl.revoked.has(serialNumber)) {
      const detail = `${oneLine(subject)} (serial ${serialNumber}) is revoked by ${oneLine(issuer)}`;
      return { reason: 'tls_crl_revoked', detail };
    }
    const fault = policy === 'fail' ? faultOf(crl, nowMs) : null;
    if (fault) return { reason: 'tls_crl_expired', detail: `the CRL of ${oneLine(issuer)}: ${fault}` };
  }
  return null;
}

/** What is wrong with a CRL at a time, or null. */
export function faultOf({ fault, nextUpdateMs }: CaCrl, nowMs: number): string | null {
  if (fault !== null) return fault;
  if (nextUpdateMs === null || nowMs <= nextUpdateMs) return null;
  return `its next update was due at ${new Date(nextUpdateMs).toISOString()}`;
}

/** `C=XX\nO=Grid\nCN=x` as `/C=XX/O=Grid/CN=x`, the way grid people write names. */
export function oneLine(name: string): string {
  return `/${name.replaceAll('\n', '/')}`;
}
