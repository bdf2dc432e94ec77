import type { IncomingMessage, RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CommunicationObserver, HttpError } from '@influxdata/influxdb-client';
import { errorText } from '../model/errorText.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import { type HttpAnswer, judgeAnswer, keep, type WriteAnswer } from './writeAnswer.ts';
import { writeRequestOf } from './writeRequest.ts';

// Imported as a module, node:http brings undici along; so does the client's ESM build: 5.5 MB and some 35 ms more.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');
const client: typeof import('@influxdata/influxdb-client') = createRequire(import.meta.url)(
  '@influxdata/influxdb-client',
);

export interface InfluxWrite {
  /**
   * Writes lines with nanosecond timestamps; `signal` gives up. Nothing reads the lines any more when it is over. Never rejects; no text of the
   * answer holds a secret.
   */
  write(lines: Uint8Array, signal: AbortSignal): Promise<WriteAnswer>;
  /** Requests that were begun. */
  readonly requests: number;
  close(): void;
}

/** InfluxDB 1.x names each bad line of a body. A longer answer is not read, and a longer success is not InfluxDB's. */
const MAX_ANSWER_BYTES = 2 ** 20;
/** Below it gzip costs more than it spares. */
const MIN_GZIP_BYTES = 1024;

/** Level 1 makes 300 MB/s and a tenth of the size, level 6 a third of that speed and little less; off the main thread. */
const compress = promisify(gzip);

/**
 * Writing through the client's transport. Its WriteApi is not used: it holds lines as strings (600 MB for a million), loses what is in
 * flight on close, and drops on every 4xx unseen. Nor is its gzip, which has the default level.
 */
export function connectInflux(target: InfluxTarget, timeoutMs: number): InfluxWrite {
  const { path, headers, secrets } = writeRequestOf(target);
  const isTls = target.url.startsWith('https:');
  const agentOptions = { keepAlive: true, maxSockets: 1 };
  const agent = isTls
    ? new https.Agent({ ...agentOptions, ...(target.ca && { ca: target.ca }) })
    : new http.Agent(agentOptions);
  let tooLong = () => {};
  // The place that the transport has for `follow-redirects`: the only one where an error's body can be bounded.
  const request = (options: RequestOptions, onResponse: (response: IncomingMessage) => void) =>
    (isTls ? https : http).request(options, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) tooLong();
      });
      onResponse(response);
    });
  const { transport } = new client.InfluxDB({
    url: target.url,
    headers,
    timeout: 0, // its own leaves the socket open; ours aborts the request
    transportOptions: { agent, 'follow-redirects': { http: { request }, https: { request } } },
  });
  let requests = 0;

  /** Rejects when there is no answer. */
  async function send(lines: Uint8Array, attempt: AbortController): Promise<HttpAnswer> {
    const isSmall = !target.gzip || lines.length < MIN_GZIP_BYTES;
    // Not the lines themselves: an answer may come while the socket still sends, and then their memory is let go of.
    const body = isSmall ? Buffer.from(lines) : await compress(lines, { level: 1 });
    attempt.signal.throwIfAborted();
    requests++;
    return new Promise((resolve, reject) => {
      const answer: HttpAnswer = { status: 0, phrase: '', retryAfter: undefined, body: '' };
      tooLong = () => {
        if (answer.status >= 300) resolve(answer);
        attempt.abort(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
      };
      const observer: Partial<CommunicationObserver<Uint8Array>> = {
        responseStarted: (answerHeaders, status = 0) => {
          answer.status = status;
          answer.retryAfter = answerHeaders['retry-after']?.toString();
        },
        complete: () => resolve(answer),
        error: (error) => {
          if (!(error instanceof client.HttpError)) return reject(error);
          const { body: text = '', statusMessage: phrase = '' }: HttpError = error;
          resolve({ ...answer, phrase, body: text });
        },
      };
      const options = {
        method: 'POST',
        signal: attempt.signal,
        headers: isSmall ? {} : { 'content-encoding': 'gzip' },
      };
      // Typed as a string, but handed to Buffer.from as it is: bytes spare a decoding and an encoding. A test holds it.
      transport.send(path, body as unknown as string, options, observer);
    });
  }

  const hide = (text: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);

  return {
    get requests() {
      return requests;
    },
    write: async (lines, signal) => {
      const attempt = new AbortController();
      const stop = () => attempt.abort(signal.reason);
      const timer = setTimeout(() => attempt.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      signal.addEventListener('abort', stop);
      try {
        signal.throwIfAborted();
        const answer = judgeAnswer(await send(lines, attempt), Date.now());
        return answer.kind === 'accepted' ? answer : { ...answer, detail: hide(answer.detail) };
      } catch (error) {
        return keep(hide(errorText(attempt.signal.aborted ? attempt.signal.reason : error)));
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
    close: () => agent.destroy(),
  };
}
