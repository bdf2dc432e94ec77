/**
 * Why a probe failed: the closed list. Metrics, points, HTTP answers and docs/reasons.md use these words;
 * a new word is an interface change and needs an entry in CHANGELOG.md.
 */
export const REASONS = [
  'dns', // the name does not resolve, or did not within the deadline
  'refused', // TCP connect refused
  'unreachable', // no route to the host or network
  'connect_timeout', // no answer to the TCP connect
  'tls_timeout', // TCP is up, the TLS handshake did not end: a DIRAC service with all threads taken looks like this
  'tls_cert_expired', // the service's certificate is past notAfter or before notBefore
  'tls_cert_untrusted', // no chain from the service's certificate to a CA we have
  'tls_name_mismatch', // the service's certificate is for another name
  'tls_crl_revoked',
  'tls_crl_expired',
  'tls_rejected_us', // the service sent a TLS alert about our certificate
  'tls_protocol', // no common TLS version or cipher, or a broken handshake
  'rpc_timeout', // TLS is up, the answer did not come
  'rpc_protocol', // the answer is not DISET
  'rpc_error', // the service answered S_ERROR
  'unauthorized', // the service knows us and says no (ENOAUTH, 1111)
  'wrong_service', // another service listens there
  'wrong_protocol', // the port speaks something else: plain HTTP, or no TLS
  'closed_early', // the connection ended before a whole answer
  'gateway', // a DISET gateway asks for a delegated proxy
  'overload', // the prober itself is at its cap; says nothing of the service
  'forbidden_target', // the prober is not allowed to ping this target
  'no_credentials', // no usable certificate or key on our side
] as const;

export type FailureReason = (typeof REASONS)[number];
