import { ProbeFailure } from '../dips/probeFailure.ts';
import { readTlsFailure } from '../dips/tlsFailure.ts';

/** What undici rejects with; `data` is what came where an HTTP answer was expected. */
type HttpError = Error & { code?: string; data?: string };

/** Undici's words for an answer that is too large for us. */
const TOO_LARGE = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW']);

/** The parser's words for an answer that ends before it is whole. */
const CUT_OFF = new Set(['HPE_INVALID_EOF_STATE', 'HPE_CLOSED_CONNECTION']);

/** What an exchange that failed says of the service. `sentCertificate`: whether we had one to send. */
export function readHttpFailure(error: HttpError, sentCertificate: boolean): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = error.code ?? '';
  if (TOO_LARGE.has(code)) return new ProbeFailure('rpc_protocol', `the answer is larger than we take (${code})`);
  if (code.startsWith('HPE_') && !CUT_OFF.has(code)) return readForeignAnswer(code, error.data ?? '');
  // TLS 1.3: a service's refusal of our certificate shows only now, after a handshake that looked fine.
  const tls = readTlsFailure(error, sentCertificate, true);
  if (tls) return new ProbeFailure(tls.reason, tls.detail);
  return new ProbeFailure(
    'closed_early',
    `the service closed the connection before the whole answer (${code || error.name})`,
  );
}

function readForeignAnswer(code: string, data: string): ProbeFailure {
  const seen = JSON.stringify(data.slice(0, 40));
  if (/^\d{1,9}:/.test(data)) {
    return new ProbeFailure('wrong_protocol', `expected an HTTP answer, got a DISET frame: ${seen}`);
  }
  return new ProbeFailure('rpc_protocol', `expected an HTTP answer, got ${seen} (${code})`);
}
