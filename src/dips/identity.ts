import { constants } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { CrlsByCa } from '../grid/revocation.ts';
import type { ChainMember, Credential, CrlPolicy } from '../model/credential.ts';
import type { ExtraCredentials } from './conversation.ts';

/** A credential made ready to ping with. Build one per credential and thread: 5 ms with a grid's 110 CAs. */
export interface Identity {
  context: SecureContext;
  verify: boolean;
  /** The CRLs that the service's chain is held against, or null where there is none. */
  crls: CrlsByCa | null;
  crlPolicy: CrlPolicy;
  /** The CAs of our directory, by subject. */
  cas: ReadonlyMap<string, ChainMember>;
  /** As Credential.gsiNames. */
  gsiNames: boolean;
  hasCertificate: boolean;
  extraCredentials: ExtraCredentials;
}

/** SSL_OP_NO_TX_CERTIFICATE_COMPRESSION of OpenSSL 3.2 and later; node:constants has no name for it. */
const NO_CERTIFICATE_COMPRESSION = 2 ** 32;

/**
 * Named first, for DIRAC's services follow our order (docs/protocol-dips.md §3.1): SHA-384 of the default's first takes 20 µs of a ping's 850,
 * and as much of the service's.
 */
const FIRST_CIPHER = 'TLS_AES_128_GCM_SHA256';

const MODERN_TLS: SecureContextOptions = {
  ciphers: [FIRST_CIPHER, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== FIRST_CIPHER)].join(':'),
  // X25519 is the fastest and the one a share is sent of; the others are for services with a certificate on such a curve (TLS 1.2).
  ecdhCurve: 'X25519:P-256:P-384:P-521',
  minVersion: 'TLSv1.2',
  // To a service that offers to take it, our certificate would be compressed (Brotli) anew in every handshake: 4 ms.
  secureOptions: NO_CERTIFICATE_COMPRESSION,
};

/** pyGSI services speak TLS 1.0 with RSA key exchange and nothing else (docs/protocol-dips.md §3.1). */
const LEGACY_TLS: SecureContextOptions = {
  minVersion: 'TLSv1',
  ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

/** Throws what OpenSSL throws on a malformed certificate or a key that does not match it. */
export function buildIdentity(credential: Credential): Identity {
  const context = createSecureContext({
    ...(credential.legacyTls ? LEGACY_TLS : MODERN_TLS),
    cert: credential.certPem,
    key: credential.keyPem,
    ca: credential.caPems,
  });
  return {
    context,
    verify: credential.verify,
    crls: credential.crls.length > 0 ? new Map(credential.crls.map((crl) => [crl.caSubject, crl])) : null,
    crlPolicy: credential.crlPolicy,
    cas: new Map(credential.cas.map((ca) => [ca.subject, ca])),
    gsiNames: credential.gsiNames,
    hasCertificate: true,
    extraCredentials: credential.extraCredentials,
  };
}

/** Trusts the given CAs and shows no certificate: for services that are asked without one, and to see them refuse. */
export function buildAnonymousIdentity(caPems: string[]): Identity {
  return {
    context: createSecureContext({ ...MODERN_TLS, ca: caPems }),
    verify: true,
    crls: null,
    crlPolicy: 'warn',
    cas: new Map(),
    gsiNames: false,
    hasCertificate: false,
    extraCredentials: '',
  };
}
