import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, answerText } from './answer.ts';
import type { HttpCounts } from './httpCounts.ts';
import { RETRY_AFTER } from './pingAnswer.ts';

/** A client takes a whole answer in this time, or its connection is cut. */
const READ_TIMEOUT_MS = 30_000;
/** Of answers that their clients have not taken yet, all together. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** Writes answers, and bounds what clients that do not read can hold. */
export interface AnswerWriter {
  /** Returns the status that was sent. */
  send(request: IncomingMessage, response: ServerResponse, answer: Answer): number;
}

/** Starts with nothing unread. */
export function createAnswerWriter(counts: HttpCounts): AnswerWriter {
  let unreadBytes = 0;

  /** Nearly every answer is in the kernel's hands at once, and costs nothing here. */
  function watchReader(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes === 0) return;
    unreadBytes += bytes;
    const cut = setTimeout(() => {
      counts.slowReaders++;
      response.destroy();
    }, READ_TIMEOUT_MS).unref();
    response.once('close', () => {
      clearTimeout(cut);
      unreadBytes -= bytes;
    });
  }

  return {
    send: (request, response, answer) => {
      const fits = unreadBytes + answer.body.length <= MAX_UNREAD_BYTES;
      const full = 'Too many answers wait to be read by their clients; ask again later';
      const sent = fits ? answer : { ...answerText(503, full), headers: RETRY_AFTER };
      write(request, response, sent);
      watchReader(response);
      return sent.status;
    },
  };
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  { status, statusText, contentType, body, headers }: Answer,
): void {
  if (statusText !== undefined) response.statusMessage = statusText;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
