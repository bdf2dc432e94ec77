import { createSecureContext, type SecureContext } from 'node:tls';
import type { CrlsByCa } from '../grid/revocation.ts';
import type { ChainMember, Credential, CrlPolicy } from '../model/credential.ts';
import type { ExtraCredentials } from './conversation.ts';

/** A credential made ready to ping with. Build one per credential and thread: 5 ms with a grid's 110 CAs. */
export interface Identity {
  context: SecureContext;
  verify: boolean;
  /** The CRLs that the service's chain is held against, or null where there is none. */
  crls: CrlsByCa | null;
  /** CA certificates that another CA issued, by subject. */
  intermediates: ReadonlyMap<string, ChainMember>;
  crlPolicy: CrlPolicy;
  hasCertificate: boolean;
  extraCredentials: ExtraCredentials;
}

/** X25519 is the fastest, but alone it breaks TLS 1.2 to services with a P-256 certificate. */
const CURVES = 'X25519:P-256';

/** Throws what OpenSSL throws on a malformed certificate or a key that does not match it. */
export function buildIdentity(credential: Credential): Identity {
  const context = createSecureContext({
    cert: credential.certPem,
    key: credential.keyPem,
    ca: credential.caPems,
    ecdhCurve: CURVES,
    minVersion: 'TLSv1.2',
  });
  return {
    context,
    verify: credential.verify,
    crls: credential.crls.length > 0 ? new Map(credential.crls.map((crl) => [crl.caSubject, crl])) : null,
    crlPolicy: credential.crlPolicy,
    intermediates: new Map(credential.intermediates.map((ca) => [ca.subject, ca])),
    hasCertificate: true,
    extraCredentials: credential.extraCredentials,
  };
}

/** Trusts the given CAs and shows no certificate: for services that are asked without one, and to see them refuse. */
export function buildAnonymousIdentity(caPems: string[]): Identity {
  const context = createSecureContext({ ca: caPems, ecdhCurve: CURVES, minVersion: 'TLSv1.2' });
  return {
    context,
    verify: true,
    crls: null,
    crlPolicy: 'warn',
    intermediates: new Map(),
    hasCertificate: false,
    extraCredentials: '',
  };
}
