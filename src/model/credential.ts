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
  /** Whether the service's certificate is checked at all; false only by `--no-verify`. */
  verify: boolean;
  /** What the proposal says of us: `hosts` goes with a host certificate. */
  extraCredentials: 'hosts' | '';
}
