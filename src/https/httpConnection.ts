import { Client } from 'undici';
import type { Connection } from '../dips/attempt.ts';
import type { Deadline } from '../dips/deadline.ts';
import { ProbeFailure } from '../dips/probeFailure.ts';
import { readHttpFailure } from './httpFailure.ts';
import type { HttpAnswer, Send } from './httpMessage.ts';

/** A ping's answer has about 500 bytes, Tornado's pages have 2,000. */
const MAX_BODY_BYTES = 1 << 16;
const MAX_HEADER_BYTES = 1 << 14;
/** Firewalls and ingresses forget a silent connection after a minute or more; one that they forgot would look like a service that hangs. */
const MAX_IDLE_MS = 60_000;

/** A TLS connection that speaks HTTP/1.1, one request at a time. */
export interface HttpConnection extends Connection {
  openedAtMs: number;
  /**
   * Runs one ping's requests on it before the deadline. Rejects with ProbeFailure: `rpc_timeout`, and what readHttpFailure tells. The
   * connection is closed then.
   */
  exchange<T>(deadline: Deadline, sentCertificate: boolean, requests: (send: Send) => Promise<T>): Promise<T>;
  isOpen(): boolean;
  close(): Promise<void>;
}

/** Speaks HTTP over a connection that was opened and checked by ours. `origin`: `https://host:port`, what requests are for. */
export function speakHttp(connection: Connection, origin: string): HttpConnection {
  const { socket } = connection;
  const client = new Client(origin, {
    // Not at once: undici would not look at its queue again.
    connect: (_, callback) => queueMicrotask(() => callback(null, socket as never)),
    pipelining: 1,
    maxResponseSize: MAX_BODY_BYTES,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: MAX_IDLE_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
    // The deadline is the ping's own, over both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const close = async () => {
    await client.destroy();
    // Undici has it from the first request on.
    socket.destroy();
  };
  return {
    ...connection,
    openedAtMs: performance.now(),
    isOpen: () => !socket.destroyed && !socket.readableEnded,
    close,
    exchange: async (deadline, sentCertificate, requests) => {
      const timeoutMs = deadline.leftMs();
      deadline.watch(() => {
        const detail = `connected, but no answer to the ping within ${Math.round(timeoutMs)} ms`;
        client.destroy(new ProbeFailure('rpc_timeout', detail)).catch(ignore);
      });
      try {
        return await requests((request) => send(client, request));
      } catch (error) {
        close().catch(ignore);
        throw readHttpFailure(error as Error, sentCertificate);
      } finally {
        deadline.unwatch();
      }
    },
  };
}

async function send(client: Client, request: Parameters<Send>[0]): Promise<HttpAnswer> {
  const { statusCode, statusText, headers, body } = await client.request({ ...request });
  const contentType = String(headers['content-type'] ?? '');
  return {
    status: statusCode,
    statusText,
    contentType: contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '',
    body: Buffer.from(await body.arrayBuffer()),
  };
}

/** That it was destroyed already is what we wanted. */
function ignore(): void {}
