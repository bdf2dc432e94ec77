import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type CommunicationObserver, HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { errorText, firstLine } from '../model/errorText.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';

/** What became of one write. `refused`: the server said no and would again; `unavailable`: it may take the same lines later. */
export type WriteAnswer = { kind: 'accepted' } | { kind: 'refused' | 'unavailable'; detail: string };

export interface InfluxWrite {
  /** Writes lines with nanosecond timestamps; `signal` gives up. Never rejects; the detail holds no secret. */
  write(lines: Uint8Array, signal: AbortSignal): Promise<WriteAnswer>;
  close(): void;
}

/** An answer is a line of text; a longer one is not InfluxDB's. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Writing to InfluxDB 1.x through the client's transport (`/write`, Basic authentication, TLS with own CAs).
 * Its WriteApi is not used: it holds lines as strings (600 MB for a million), loses what is in flight on close, and drops on every 4xx unseen.
 */
export function connectInflux(target: InfluxTarget, timeoutMs: number): InfluxWrite {
  const { url, database, retentionPolicy, login, ca } = target;
  const path = `/write?${new URLSearchParams({ db: database, ...(retentionPolicy && { rp: retentionPolicy }), precision: 'ns' })}`;
  const secret = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const agentOptions = { keepAlive: true, maxSockets: 1 };
  const agent = url.startsWith('https:')
    ? new HttpsAgent({ ...agentOptions, ...(ca && { ca }) })
    : new HttpAgent(agentOptions);
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...(secret && { authorization: `Basic ${secret}` }) };
  // The client's own timeout leaves the socket open; ours aborts the request.
  const { transport } = new InfluxDB({ url, headers, timeout: 0, transportOptions: { agent } });
  const hidden = [secret, login?.password].flatMap((text) => (text ? [text] : []));

  function send(lines: Uint8Array, attempt: AbortController): Promise<number> {
    return new Promise((resolve, reject) => {
      let status = 0;
      let bytes = 0;
      const tooLong = () => attempt.abort(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
      const observer: Partial<CommunicationObserver<Uint8Array>> = {
        responseStarted: (answerHeaders, statusCode = 0) => {
          status = statusCode;
          if (Number(answerHeaders['content-length'] ?? 0) > MAX_ANSWER_BYTES) tooLong();
        },
        next: (chunk) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) tooLong();
        },
        complete: () => resolve(status),
        error: reject,
      };
      // Typed as a string, but handed to Buffer.from as it is: bytes spare a decoding and an encoding. A test holds it.
      transport.send(path, lines as unknown as string, { method: 'POST', signal: attempt.signal }, observer);
    });
  }

  return {
    write: async (lines, signal) => {
      const attempt = new AbortController();
      const stop = () => attempt.abort(signal.reason);
      const timer = setTimeout(() => attempt.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      signal.addEventListener('abort', stop);
      try {
        signal.throwIfAborted();
        return answerOf(await send(lines, attempt));
      } catch (error) {
        const answer = answerOfError(attempt.signal.aborted ? attempt.signal.reason : error);
        return { ...answer, detail: hidden.reduce((text, word) => text.replaceAll(word, '***'), answer.detail) };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
    close: () => agent.destroy(),
  };
}

/** InfluxDB says 204; any other success is another server's. */
function answerOf(status: number): WriteAnswer {
  return status === 204
    ? { kind: 'accepted' }
    : { kind: 'refused', detail: `answered ${status}, expected 204: is this InfluxDB?` };
}

function answerOfError(error: unknown): { kind: 'refused' | 'unavailable'; detail: string } {
  if (!(error instanceof HttpError)) return { kind: 'unavailable', detail: errorText(error) };
  const mayRecover = error.statusCode >= 500 || error.statusCode === 429 || error.statusCode === 408;
  const detail = `answered ${error.statusCode}: ${firstLine(messageOf(error)) || 'no text'}`;
  return { kind: mayRecover ? 'unavailable' : 'refused', detail };
}

/** `{"error": "…"}`, or whatever text came. */
function messageOf({ body = '', statusMessage = '' }: HttpError): string {
  try {
    return String(JSON.parse(body).error);
  } catch {
    return body || statusMessage;
  }
}
