import { getCACertificates } from 'node:tls';
import { buildAnonymousIdentity, type Identity } from '../dips/identity.ts';
import type { Credential } from '../model/credential.ts';

/** Whom a probe believes: a credential without what it shows of itself. */
export type Trust = Pick<Credential, 'caPems' | 'cas' | 'crls' | 'crlPolicy' | 'verify' | 'gsiNames'>;

/**
 * As whom DiracX is asked: as nobody, for it asks for no certificate and gets none. Beside the grid's CAs the public ones are believed,
 * by one of which its web address is usually certified. About 10 ms, so once per thread.
 */
export function buildDiracxIdentity(trust: Trust): Identity {
  const { caPems, cas, crls, crlPolicy, verify, gsiNames } = trust;
  return {
    ...buildAnonymousIdentity([...caPems, ...readPublicCas()]),
    verify,
    crls: crls.length > 0 ? new Map(crls.map((crl) => [crl.caSubject, crl])) : null,
    crlPolicy,
    cas: new Map(cas.map((ca) => [ca.subject, ca])),
    gsiNames,
  };
}

/** PEM of the public CAs: Node's own, or what its options and environment put in their place. */
export function readPublicCas(): string[] {
  return getCACertificates('default');
}
