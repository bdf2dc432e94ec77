import { ProbeFailure } from '../dips/probeFailure.ts';
import { readTlsFailure } from '../dips/tlsFailure.ts';

/** What undici rejects with; of its parser's errors `data` is what could not be read as HTTP. */
type HttpError = Error & { code?: string; data?: string };

/** Undici's words for an answer that is too large for us. */
const TOO_LARGE = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW']);

/** What an exchange that failed says of the service. `sentCertificate`: whether we had one to send. */
export function readHttpFailure(error: HttpError, sentCertificate: boolean): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = error.code ?? '';
  if (TOO_LARGE.has(code)) return new ProbeFailure('rpc_protocol', `the answer is larger than we take (${code})`);
  if (error.name === 'HTTPParserError') return readForeignAnswer(error);
  // TLS 1.3: a service's refusal of our certificate shows only now, after a handshake that looked fine.
  const tls = readTlsFailure(error, sentCertificate, true);
  if (tls) return new ProbeFailure(tls.reason, tls.detail);
  return new ProbeFailure(
    'closed_early',
    `the service closed the connection before the whole answer (${code || error.name})`,
  );
}

function readForeignAnswer({ message, data = '' }: HttpError): ProbeFailure {
  const seen = JSON.stringify(data.slice(0, 40));
  if (/^\d{1,9}:/.test(data)) {
    return new ProbeFailure('wrong_protocol', `expected an HTTP answer, got a DISET frame: ${seen}`);
  }
  const why = /\(([^)]*)\)$/.exec(message)?.[1] ?? message;
  return new ProbeFailure('rpc_protocol', `expected an HTTP answer, got ${seen} (${why})`);
}
