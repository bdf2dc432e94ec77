import type { FailureReason } from '../model/reasons.ts';

/** What a TLS error means to an operator. */
export interface TlsFailure {
  reason: FailureReason;
  detail: string;
}

/** Verification results of OpenSSL as Node names them in `error.code`. */
const VERIFY_REASONS: Record<string, FailureReason> = {
  CERT_HAS_EXPIRED: 'tls_cert_expired',
  CERT_NOT_YET_VALID: 'tls_cert_expired',
  CERT_REVOKED: 'tls_crl_revoked',
  CRL_HAS_EXPIRED: 'tls_crl_expired',
  CERT_UNTRUSTED: 'tls_cert_untrusted',
  CERT_REJECTED: 'tls_cert_untrusted',
  CERT_SIGNATURE_FAILURE: 'tls_cert_untrusted',
  CERT_CHAIN_TOO_LONG: 'tls_cert_untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_cert_untrusted',
  INVALID_CA: 'tls_cert_untrusted',
  INVALID_PURPOSE: 'tls_cert_untrusted',
  PATH_LENGTH_EXCEEDED: 'tls_cert_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_cert_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_cert_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_cert_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_cert_untrusted',
};

/** OpenSSL names some alerts by the version that brought them, since 3.2 also by none: `SSL/TLS`. */
const ALERT = /^ERR_SSL_(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_ALERT_([A-Z_]+)$/;

/** Alerts (RFC 8446 §6.2) by which a service refuses a client certificate. */
const CERTIFICATE_ALERTS = new Set([
  'bad_certificate',
  'unsupported_certificate',
  'certificate_revoked',
  'certificate_expired',
  'certificate_unknown',
  'unknown_ca',
  'access_denied',
  'decrypt_error',
  'certificate_required',
]);

/** Errors that OpenSSL raises when what comes in is no TLS at all. */
const NOT_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
]);

/**
 * Reads an error of a TLS socket. `sentCertificate`: whether we had a certificate to send; a TLS 1.2 service answers a missing one
 * with handshake_failure, the alert it also uses where no cipher fits. `isUp`: whether the handshake had ended, so that the port does
 * speak TLS, whatever came then. Null for an error that is not of TLS (a reset, say).
 */
export function readTlsFailure(
  error: NodeJS.ErrnoException,
  sentCertificate: boolean,
  isUp = false,
): TlsFailure | null {
  const code = error.code ?? '';
  const verifyReason = VERIFY_REASONS[code];
  if (verifyReason) return { reason: verifyReason, detail: describe(error, code) };
  const alert = ALERT.exec(code)?.[1]?.toLowerCase();
  if (alert) {
    const aboutUs = CERTIFICATE_ALERTS.has(alert) || (alert === 'handshake_failure' && !sentCertificate);
    if (aboutUs)
      return { reason: 'tls_rejected_us', detail: `the service refused our certificate: TLS alert ${alert}` };
    return { reason: 'tls_protocol', detail: `the service ended the handshake: TLS alert ${alert}` };
  }
  if (NOT_TLS.has(code) && !isUp)
    return { reason: 'wrong_protocol', detail: 'expected TLS, the port speaks something else' };
  if (code.startsWith('ERR_SSL_')) return { reason: 'tls_protocol', detail: describe(error, code) };
  return null;
}

/** OpenSSL's own sentence without the thread number and source file that come with it. */
function describe(error: Error, code: string): string {
  const text = / routines:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? error.message;
  return `${text.split('\n', 1)[0]} (${code})`;
}
