import { describeValue, quote } from '../dips/describeFrames.ts';
import { decodeJEncode } from '../dips/jencode.ts';
import { WireError } from '../dips/wireValue.ts';
import { terminalLine } from '../model/errorText.ts';
import { describeStatus, type HttpAnswer, type HttpRequest, PADDING } from './httpMessage.ts';

const MAX_CONTENT_TYPE = 100;

/** A request of ours for people, in lines. */
export function describeRequest({ method, path, headers, body }: HttpRequest): string[] {
  const fields = Object.entries(headers).map(([name, value]) => {
    return `${name}: ${value === PADDING ? `${PADDING.length} dots` : value}`;
  });
  return [`${method} ${path}`, ...fields, ...(body === null ? [] : [body])];
}

/** An answer for people: its head and the beginning of its body. Two lines, bounded and without control characters, whatever it is. */
export function describeAnswer(answer: HttpAnswer): string[] {
  const { contentType, body } = answer;
  const type = terminalLine(contentType, MAX_CONTENT_TYPE) || 'no content type';
  return [`${describeStatus(answer)}, ${type}`, `${body.length} bytes: ${describeBody(answer)}`];
}

function describeBody({ contentType, body }: HttpAnswer): string {
  if (contentType !== 'application/json') return quote(body);
  try {
    return describeValue(decodeJEncode(body));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `malformed JSON: ${quote(body)}`;
  }
}
