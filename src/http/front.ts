import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, answerText } from './answer.ts';
import { startEventStreams } from './eventStreams.ts';
import type { FrontOptions } from './frontOptions.ts';
import { stopServer } from './frontStop.ts';
import { countAnswer, noHttpCounts } from './httpCounts.ts';
import type { Desk } from './routes/route.ts';
import { answerCall } from './routes/table.ts';
import { createAnswerWriter } from './sendAnswer.ts';

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
/** Nothing that is asked here has a body; what a client sends all the same is passed over up to this. */
const MAX_BODY_BYTES = 8_192;
/** So that 5,000 idle ones leave room for Consul's checks. The newest is refused. */
const MAX_CONNECTIONS = 6_000;
/** Requests on one connection that are not answered yet; Consul and Prometheus send one. */
const MAX_PIPELINED = 16;

/**
 * Not by `import`: that evaluates every export of node:http, among them WebSocket, and with it loads Node's whole fetch, which is
 * 13 MB that nobody here uses.
 */
const { createServer } = process.getBuiltinModule('node:http');

/** The address cannot be listened on; `message` says which and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Starts the HTTP front: the pinger and its neighbours. Rejects with ListenError. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const counts = noHttpCounts();
  const writer = createAnswerWriter(counts);
  const unanswered = new Map<Socket, Set<ServerResponse>>();
  let connections = 0;
  const desk: Desk = { counts, events: null, isStopping: false, runtime: null, connections: () => connections };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = { request, url: request.url ?? '/', options, desk };
    const { route, answer } = hasBody(request) ? REFUSED_BODY : await answerCall(call);
    // Its client has not waited; what is written now would never be taken.
    if (request.socket.destroyed) return;
    if (desk.isStopping) response.setHeader('connection', 'close');
    if ('stream' in answer) {
      countAnswer(counts, route, 200);
      answer.stream(response);
    } else countAnswer(counts, route, writer.send(request, response, answer));
  }

  const server = createServer(LIMITS, (request, response) => {
    const { socket } = request;
    // What came in one piece with the request for which it was cut.
    if (socket.destroyed) return;
    const responses = unanswered.get(socket) ?? new Set();
    if (responses.size >= MAX_PIPELINED) {
      counts.pipelined++;
      socket.destroy();
      return;
    }
    unanswered.set(socket, responses.add(response));
    response.once('close', () => {
      responses.delete(response);
      if (responses.size === 0) unanswered.delete(socket);
      if (unanswered.size === 0) server.emit('answered');
    });
    void serve(request, response);
  });
  server.on('connection', (socket) => {
    connections++;
    socket.once('close', () => {
      connections--;
      // Node tells only the response whose turn it is; those behind it in the pipe would wait for ever.
      for (const response of [...(unanswered.get(socket) ?? [])]) response.emit('close');
    });
  });
  server.on('drop', () => counts.refusedConnections++);
  server.maxConnections = MAX_CONNECTIONS;
  const url = await listen(server, options);
  if (options.watch) desk.events = startEventStreams(options.watch, counts);
  return {
    url,
    close: async () => {
      desk.isStopping = true;
      desk.events?.close();
      await stopServer(server, () => unanswered.size);
      desk.runtime?.close();
    },
  };
}

const LIMITS = {
  headersTimeout: HEAD_TIMEOUT_MS,
  requestTimeout: HEAD_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: MAX_HEAD_BYTES,
};

/** The connection is closed with it, so that the body is never read. */
const REFUSED_BODY: { route: string; answer: Answer } = {
  route: 'other',
  answer: {
    ...answerText(413, `A body was sent: expected none, or up to ${MAX_BODY_BYTES} bytes to be passed over`),
    headers: { connection: 'close' },
  },
};

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

async function listen(server: Server, { host, port }: FrontOptions): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ListenError(`cannot listen on ${host}:${port} (${code})`);
  });
  const bound = server.address() as AddressInfo;
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}
