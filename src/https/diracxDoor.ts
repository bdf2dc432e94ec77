import type { Outcome } from '../dips/conversation.ts';
import { decodeJEncode } from '../dips/jencode.ts';
import { WireError, type WireValue } from '../dips/wireValue.ts';
import { firstLine } from '../model/errorText.ts';
import { NO_FACTS } from '../model/result.ts';
import { COMMON_HEADERS, type HttpAnswer, type HttpRequest, type Send } from './httpMessage.ts';
import { readJson, readOtherStatus } from './httpOutcome.ts';

/*
 * client: GET /api/health/ready                 no credentials                                 (docs/protocol-dips.md §12)
 * server: 200 {"status":"ready"}                its databases answer
 *         503 {"detail":"AuthDB ping failed"}   they do not
 *         404                                   an ingress keeps that path to itself; then
 * client: GET /.well-known/dirac-metadata       what every installation publishes
 * server: 200 {…}                               it is alive
 */

/** Asks a DiracX whether it is ready or, where it is not for us to ask that, whether it is alive. */
export async function pingDiracx(send: Send): Promise<Outcome> {
  const ready = await send(get('/api/health/ready'));
  if (ready.status !== 404) return readReady(ready);
  return readMetadata(await send(get('/.well-known/dirac-metadata')));
}

function get(path: string): HttpRequest {
  return { method: 'GET', path, headers: COMMON_HEADERS, body: null };
}

/** Of `/api/health/ready`. */
export function readReady(answer: HttpAnswer): Outcome {
  if (answer.status !== 200) return readOtherStatus(answer, NO_DIRACX, readDetail(answer));
  return readJson(answer, (body) => {
    if (readObject(body).get('status') === 'ready') return NO_FACTS;
    throw new WireError('expected {"status":"ready"}, got something else');
  });
}

const NO_DIRACX = 'no DiracX on this server';

/** Of `/.well-known/dirac-metadata`. */
export function readMetadata(answer: HttpAnswer): Outcome {
  if (answer.status !== 200) return readOtherStatus(answer, NO_DIRACX, readDetail(answer));
  return readJson(answer, (body) => {
    readObject(body);
    return NO_FACTS;
  });
}

function readObject(body: Buffer): Map<unknown, WireValue> {
  const value = decodeJEncode(body);
  if (value instanceof Map) return value;
  throw new WireError('expected a JSON object, got something else');
}

/** FastAPI's `{"detail": …}` where the answer has one. */
function readDetail({ contentType, body }: HttpAnswer): string {
  if (contentType !== 'application/json') return '';
  try {
    const detail = readObject(body).get('detail');
    return typeof detail === 'string' ? firstLine(detail) : '';
  } catch (error) {
    if (error instanceof WireError) return '';
    throw error;
  }
}
