import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { decodeDEncode, encodeDEncode } from '../dips/dencode.ts';
import { encodeFrame, FrameReader } from '../dips/frame.ts';
import type { WireValue } from '../dips/wireValue.ts';
import type { KeyPair } from './pki.ts';

/** A DIPS service of our own: it answers ping as a DIRAC service does, for the demo, the tests and the benches. */
export interface DipsServiceOptions {
  /** The one name it answers to. */
  service: string;
  /** Null: plain TCP (`dip`). Without `maxVersion` the newest that both sides have. */
  tls: (KeyPair & { caPem: string; maxVersion?: SecureVersion }) | null;
  /** What newest (`json`) and older (`dencode`) releases answer in. */
  encoding?: 'dencode' | 'json';
  version?: string;
  /** Pause between the request and the answer. */
  delayMs?: number;
  /** Refuses every caller as a service does whose configuration bars them. */
  unauthorized?: boolean;
  port?: number;
}

export interface DipsService {
  port: number;
  /** Ends all connections at once, as a dead process does. */
  close(): Promise<void>;
}

const ENOAUTH_MESSAGE = 'Unauthorized query ( 1111 : Unauthorized query)';
/** As real services: a client that says nothing is dropped. */
const IDLE_TIMEOUT_MS = 10_000;

/** Starts the service on 127.0.0.1. */
export async function startDipsService(options: DipsServiceOptions): Promise<DipsService> {
  const startTime = new Date();
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => answerOnce(socket, options, startTime);
  const server: Server = options.tls
    ? createTlsServer(
        {
          cert: options.tls.certPem,
          key: options.tls.keyPem,
          ca: options.tls.caPem,
          requestCert: true,
          maxVersion: options.tls.maxVersion,
        },
        serve,
      )
    : createTcpServer(serve);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** Reads proposal and arguments, answers, closes: one call a connection. */
function answerOnce(socket: Socket, options: DipsServiceOptions, startTime: Date): void {
  const reader = new FrameReader();
  const bodies: Buffer[] = [];
  // Node only tells of a TLS error behind the handshake; the socket would go on taking whatever comes.
  socket.on('error', () => socket.destroy());
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    // What comes behind the arguments is not read.
    if (bodies.length >= 2) return;
    try {
      reader.push(chunk);
      for (let frame = reader.next(); frame; frame = bodies.length < 2 ? reader.next() : null) bodies.push(frame.body);
      if (bodies.length < 2) return;
      const answer = Buffer.concat(answerFrames(bodies[0] as Buffer, options, startTime).map(encodeFrame));
      if (options.delayMs) setTimeout(() => socket.end(answer), options.delayMs).unref();
      else socket.end(answer);
    } catch {
      // No frames, or no proposal in them.
      socket.write(encodeFrame(encode({ OK: false, Message: 'Invalid action proposal', Errno: 0 }, options)));
      socket.destroySoon();
    }
  });
}

function answerFrames(proposal: Buffer, options: DipsServiceOptions, startTime: Date): Buffer[] {
  const asked = askedService(decodeDEncode(proposal).value);
  if (asked !== options.service) {
    return [encode({ OK: false, Message: `${asked} is not up in this server`, Errno: 0 }, options)];
  }
  if (options.unauthorized) return [encode({ OK: false, Message: ENOAUTH_MESSAGE, Errno: 1111 }, options)];
  return [
    encode({ OK: true, Value: null }, options),
    encode({ OK: true, Value: pingAnswer(options, startTime) }, options),
  ];
}

function askedService(proposal: WireValue): string {
  const value = proposal instanceof Map ? proposal.get('Value') : null;
  const name = Array.isArray(value) && Array.isArray(value[0]) ? value[0][0] : null;
  return String(name);
}

type Answer = { [key: string]: null | boolean | number | string | Date | Answer };

function pingAnswer({ service, version = '9.0.0' }: DipsServiceOptions, startTime: Date): Answer {
  const now = new Date();
  return {
    version,
    time: now,
    'host uptime': Math.floor(performance.now() / 1000),
    'service start time': startTime,
    'service uptime': Math.floor((now.getTime() - startTime.getTime()) / 1000),
    load: '0.25 0.5 0.75',
    name: service,
    'cpu times': { 'user time': 0.5, 'system time': 0.1 },
  };
}

function encode(answer: Answer, { encoding = 'json' }: DipsServiceOptions): Buffer {
  return Buffer.from(encoding === 'json' ? encodeJson(answer) : encodeDEncode(answer));
}

/** Datetimes as JEncode writes them: no fraction, no zone. */
function encodeJson(answer: Answer): string {
  return JSON.stringify(answer, function (this: Answer, key: string, value: unknown) {
    const raw = this[key];
    return raw instanceof Date ? { __dCls: 'dt', obj: raw.toISOString().slice(0, 19).replace('T', ' ') } : value;
  });
}
