/**
 * What a probe shows of itself and whom it trusts. Plain data: it goes to worker threads as it is, where one TLS context is
 * built of it. Holds a private key: never log it, never put it into a message.
 */
export interface Credential {
  /** PEM: our certificate, and after it the chain (a proxy sends all its issuers but the CA). */
  certPem: string;
  keyPem: string;
  /** PEM of each CA whose services are believed. */
  caPems: string[];
  /** What a CRL is asked of each of them: a service need not send those that another CA issued, which can be revoked too. */
  cas: ChainMember[];
  /** The CRLs of these CAs. */
  crls: CaCrl[];
  /** What a CRL that is not good means. */
  crlPolicy: CrlPolicy;
  /** Whether the service's certificate is checked at all; false only by `--no-verify`. */
  verify: boolean;
  /** Also TLS 1.0 and 1.1, weak ciphers and SHA-1, for services of the pyGSI days; false unless somebody asks for it. */
  legacyTls: boolean;
  /** Also believes a certificate whose CN is `host/NAME`, as Globus had them. */
  gsiNames: boolean;
  /** What the proposal says of us: `hosts` goes with a host certificate. */
  extraCredentials: 'hosts' | '';
}

/** `fail`: nothing of that CA is believed. `warn`: it is believed and said in the log. `ignore`: it is believed. */
export type CrlPolicy = 'fail' | 'warn' | 'ignore';

/** A CA's certificate revocation list, reduced to what a ping asks of it. */
export interface CaCrl {
  /** As `X509Certificate.subject` of the CA, which is `issuer` of what it signed. */
  caSubject: string;
  thisUpdateMs: number;
  /** Null: it names no time. */
  nextUpdateMs: number | null;
  /** Serial numbers as `X509Certificate.serialNumber` has them. */
  revoked: Set<string>;
  /** Why it is not believed, or null. */
  fault: string | null;
}

/** What a CRL is asked of a certificate; X509Certificate has all three. */
export interface ChainMember {
  subject: string;
  issuer: string;
  serialNumber: string;
}
