import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type DipsServiceOptions, startDipsService } from '../src/demo/dipsService.ts';
import { createThrowAwayCa, type KeyPair, type ThrowAwayCa, throwAwayCredential } from '../src/demo/pki.ts';
import { encodeFrame } from '../src/dips/frame.ts';
import { buildIdentity, type Identity } from '../src/dips/identity.ts';
import type { Credential } from '../src/model/credential.ts';

/** A throw-away CA and what most tests need of it. */
export interface Pki {
  ca: ThrowAwayCa;
  /** A service's certificate for localhost, 127.0.0.1 and ::1. */
  host: KeyPair;
  /** A client that shows a certificate of the CA and trusts it. */
  credential: Credential;
  identity: Identity;
}

/** Makes a CA with a host and a client certificate, on P-256. */
export async function createPki(): Promise<Pki> {
  const ca = await createThrowAwayCa();
  const client = await ca.issue({ commonName: 'client.example.org' });
  const credential: Credential = throwAwayCredential(client, ca);
  return { ca, host: await ca.issue(), credential, identity: buildIdentity(credential) };
}

/** Options of a TLS server that shows the PKI's host certificate and demands a client's. */
export function tlsOptions({ ca, host }: Pki, over: TlsOptions = {}): TlsOptions {
  return { cert: host.certPem, key: host.keyPem, ca: ca.caPem, requestCert: true, ...over };
}

/** A DIPS service of our own until the end of the test; returns its port. */
export async function dipsService(t: TestContext, options: DipsServiceOptions): Promise<number> {
  const service = await startDipsService(options);
  t.after(() => service.close());
  return service.port;
}

/** A plain TCP server until the end of the test; returns its port. */
export function tcpPeer(t: TestContext, serve: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  return listenUntilEnd(t, createServer(serve), host);
}

/** A TLS server until the end of the test; returns its port. */
export function tlsPeer(
  t: TestContext,
  options: TlsOptions,
  serve: (socket: TLSSocket) => void,
  host = '127.0.0.1',
): Promise<number> {
  return listenUntilEnd(t, createTlsServer(options, serve), host);
}

/** Listens on a free port; at the end of the test the server and its connections are gone. */
export async function listenUntilEnd(t: TestContext, server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}));
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** The bodies as DISET frames. */
export function frames(...bodies: string[]): Buffer {
  return Buffer.concat(bodies.map((body) => encodeFrame(Buffer.from(body))));
}

/** Serves what a service says: the bodies as frames once the client has sent anything, then the end. */
export function answerWith(...bodies: string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => socket.end(frames(...bodies)));
  };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
