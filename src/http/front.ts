import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import type { MetricsFacts } from './metrics.ts';
import { type Answer, answerPing, answerText } from './pingAnswer.ts';
import { parsePingQuery } from './pingQuery.ts';

export interface FrontOptions {
  host: string;
  /** 0 = any free port. */
  port: number;
  /** Pings within a deadline below the 10 s after which Consul gives up. Must not reject. */
  ping(target: Target): Promise<ProbeResult>;
  /** Newest results of the watched targets; without it `/api/v1/targets` does not exist. */
  results?: () => ProbeResult[];
  /** What `/metrics` shows; without it that does not exist. */
  metrics?: () => MetricsFacts;
}

export interface Front {
  /** `http://host:port` */
  url: string;
  /** Takes no new connection and waits until every accepted request is answered. */
  close(): Promise<void>;
}

/** A request's head must be in after this time; probes send theirs in one packet. */
const HEAD_TIMEOUT_MS = 5_000;
/** Below the common 10 s of a load balancer in front. Consul itself closes after each request. */
const KEEP_ALIVE_MS = 5_000;
const MAX_HEAD_BYTES = 8_192;
const MAX_CONNECTIONS = 5_000;

/** The address cannot be listened on; `message` says which and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Starts the HTTP pinger. Rejects with ListenError. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const unanswered = new Set<ServerResponse>();
  const server = createServer(
    {
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: HEAD_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEAD_BYTES,
    },
    (request, response) => {
      unanswered.add(response);
      response.once('close', () => unanswered.delete(response));
      answer(request, options)
        .catch((error) => answerText(500, `Internal fault: ${String(error)}`))
        .then((ready) => {
          if (!server.listening) response.setHeader('connection', 'close');
          send(request, response, ready);
        });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ListenError(`cannot listen on ${options.host}:${options.port} (${code})`);
  });
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await Promise.all([...unanswered].map((response) => new Promise((done) => response.once('close', done))));
      // Those that ask nothing: a closing server looks after its timeouts no more, and would wait for them for ever.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The routes. `/ping` is any path that begins so, as the pinger of the Python days took it. */
async function answer(request: IncomingMessage, options: FrontOptions): Promise<Answer> {
  const url = request.url ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerText(405, 'Only GET is answered here');
  if (url === '/self') return { status: 200, contentType: 'text/html', body: 'I am good thanks' };
  if (url.startsWith('/ping')) {
    const query = parsePingQuery(url);
    if ('refused' in query) return answerText(400, query.refused);
    const result = await options.ping(query.target);
    const json = query.json || wantsJson(request) ? (await loadJson()).stringifyResult(result) : null;
    return answerPing(result, json);
  }
  if (url === '/api/v1/targets' && options.results) {
    return {
      status: 200,
      contentType: 'application/json',
      body: (await loadJson()).stringifyResults(options.results()),
    };
  }
  if (url === '/metrics' && options.metrics) {
    // Loaded at the first scrape: the library takes 22 MB, and not every site has a Prometheus.
    const { writeMetrics } = await import('./metrics.ts');
    return { status: 200, ...(await writeMetrics(options.metrics())) };
  }
  return answerText(404, 'Not found; there are /self and /ping?host=H&port=P&service=System/Service');
}

/** Loaded at the first request for JSON: the compiler of the writers takes 15 MB, and Consul's checks ask for text. */
function loadJson() {
  return import('./json.ts');
}

function wantsJson(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').includes('application/json');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, statusText, contentType, body, headers }: Answer,
) {
  if (statusText !== undefined) response.statusMessage = statusText;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
