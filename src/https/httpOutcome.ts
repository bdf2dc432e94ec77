import type { Encoding, Outcome } from '../dips/conversation.ts';
import { WireError } from '../dips/wireValue.ts';
import type { FailureReason } from '../model/reasons.ts';
import type { ServiceFacts } from '../model/result.ts';
import { describeStatus, type HttpAnswer } from './httpMessage.ts';

const MAX_DETAIL = 2000;

/** A failure in the service's words, or ours. */
export function failed(reason: FailureReason, detail: string, encoding: Encoding | null = null): Outcome {
  return { ok: false, encoding, reason, detail: detail.slice(0, MAX_DETAIL) };
}

/** The outcome of a 200 whose body `read` understands; it throws WireError where the body is of another shape. */
export function readJson(answer: HttpAnswer, read: (body: Buffer) => ServiceFacts | Outcome): Outcome {
  if (answer.contentType !== 'application/json') {
    return failed('rpc_protocol', `expected application/json, got ${answer.contentType || 'no content type'}`);
  }
  try {
    const found = read(answer.body);
    return 'ok' in found ? found : { ok: true, encoding: 'json', facts: found };
  } catch (error) {
    if (error instanceof WireError) return failed(error.reason, error.message);
    throw error;
  }
}

/**
 * What any status but 200 means (docs/protocol-dips.md §11). `missing`: what a 404 says is not there. 4xx and 5xx are the server's way
 * to say S_ERROR; anything else is no answer to a ping.
 */
export function readOtherStatus(answer: HttpAnswer, missing: string, explanation = ''): Outcome {
  const detail = `${describeStatus(answer)}${explanation && `: ${explanation}`}`;
  if (answer.status === 401 || answer.status === 403) return failed('unauthorized', detail);
  if (answer.status === 404) return failed('wrong_service', `${detail}: ${missing}`);
  if (answer.status >= 400) return failed('rpc_error', detail);
  return failed('rpc_protocol', `expected HTTP 200, got ${describeStatus(answer)}`);
}
