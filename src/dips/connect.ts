import type { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as startTls, TLSSocket } from 'node:tls';
import type { FailureReason } from '../model/reasons.ts';
import type { TlsFacts } from '../model/result.ts';
import type { Deadline } from './deadline.ts';
import type { Identity } from './identity.ts';
import { createNameCache } from './nameCache.ts';
import { type PeerCertificate, readPeerCertificate } from './peerCertificate.ts';
import { readPeerChain, readPeerDer } from './peerChain.ts';
import { checkPeer, type ServerName } from './peerCheck.ts';
import type { PingObserver } from './pingObserver.ts';
import { ProbeFailure } from './probeFailure.ts';
import { readTlsFailure } from './tlsFailure.ts';

const resolveName = createNameCache({
  lookup: async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address),
  nowMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});

/** All addresses of a name, in the resolver's order. Rejects with ProbeFailure `dns`. */
export function resolveHost(host: string, timeoutMs: number): Promise<string[]> {
  if (isIP(host)) return Promise.resolve([host]);
  return new Promise((resolve, reject) => {
    // The lookup itself cannot be cancelled: it ends in its own time and is ignored.
    const timer = setTimeout(() => {
      reject(new ProbeFailure('dns', `${host}: no answer from the resolver within ${Math.round(timeoutMs)} ms`));
    }, timeoutMs);
    resolveName(host).then(
      (addresses) => {
        clearTimeout(timer);
        resolve(addresses);
      },
      (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(new ProbeFailure('dns', `${host}: does not resolve (${error.code ?? error.message})`));
      },
    );
  });
}

/** Opens a TCP connection. Rejects with ProbeFailure `refused`, `unreachable`, `connect_timeout` or `closed_early`. */
export function connectTcp(address: string, port: number, deadline: Deadline): Promise<Socket> {
  const timeoutMs = deadline.leftMs();
  const peer = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address, port });
    let isOpen = false;
    deadline.watch(() => {
      socket.destroy();
      reject(
        new ProbeFailure('connect_timeout', `${peer}: no answer to the TCP connect in ${Math.round(timeoutMs)} ms`),
      );
    });
    socket.once('connect', () => {
      isOpen = true;
      deadline.unwatch();
      resolve(socket);
    });
    // Stays for the socket's life: an error after the connect is told by whoever uses the socket then.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isOpen) return;
      deadline.unwatch();
      reject(new ProbeFailure(reasonOfConnectError(error.code), `${peer}: ${error.code ?? error.message}`));
    });
  });
}

function reasonOfConnectError(code: string | undefined): FailureReason {
  if (code === 'ECONNREFUSED') return 'refused';
  // It was accepted, and dropped before we looked.
  if (code === 'ECONNRESET') return 'closed_early';
  return code === 'ETIMEDOUT' ? 'connect_timeout' : 'unreachable';
}

export interface SecureConnection {
  socket: TLSSocket;
  facts: TlsFacts;
}

/**
 * Runs the TLS handshake over a connected socket, which it owns from here on. No session is ever offered: a DIRAC service
 * takes it and then never answers (docs/protocol-dips.md §3.5). Rejects with ProbeFailure `tls_…`, `wrong_protocol` or `closed_early`.
 */
export function connectTls(
  socket: Socket,
  identity: Identity,
  serverName: ServerName,
  deadline: Deadline,
  observer?: PingObserver,
): Promise<SecureConnection> {
  return new Promise((resolve, reject) => {
    const timeoutMs = deadline.leftMs();
    let peer: PeerCertificate | null = null;
    const readPeer = () => {
      const der = peer ? null : readPeerDer(secure);
      if (der) peer = readPeerCertificate(der);
      return peer;
    };
    const readSent = () => readPeerChain(secure, true);
    const secure: TLSSocket = startTls({
      socket,
      secureContext: identity.context,
      rejectUnauthorized: identity.verify,
      ...(serverName !== null && isIP(serverName) === 0 && { servername: serverName }),
      checkServerIdentity: () => checkPeer(readPeer(), readSent, serverName, identity, Date.now()) ?? undefined,
    });
    skipPeerObjects(secure);
    const tell = observer && tellOnce(observer, readSent);
    if (tell) beforeDestroy(secure, tell);
    deadline.watch(() => {
      secure.destroy();
      reject(new ProbeFailure('tls_timeout', `the TLS handshake did not end within ${Math.round(timeoutMs)} ms`));
    });
    let isOpen = false;
    secure.once('secureConnect', () => {
      isOpen = true;
      deadline.unwatch();
      tell?.();
      resolve({ socket: secure, facts: readTlsFacts(secure, readPeer()) });
    });
    secure.on('error', fail);
    // Stays for the socket's life too.
    function fail(error: NodeJS.ErrnoException) {
      if (!isOpen) deadline.unwatch();
      // With the error: it may come in one piece with the handshake's end, and whoever uses the socket then finds it there.
      secure.destroy(error);
      if (!isOpen) reject(error instanceof ProbeFailure ? error : asProbeFailure(error, identity.hasCertificate));
    }
  });
}

function asProbeFailure(error: NodeJS.ErrnoException, sentCertificate: boolean): ProbeFailure {
  const failure = readTlsFailure(error, sentCertificate);
  if (failure) return new ProbeFailure(failure.reason, failure.detail);
  const detail = `the connection ended during the TLS handshake (${error.code ?? error.message})`;
  return new ProbeFailure('closed_early', detail);
}

/**
 * Node turns the peer's whole chain into JS objects on every connect (about a quarter of a ping's CPU) only to hand it to
 * checkServerIdentity, which reads what it needs itself here (peerChain.ts). test/dips/connect.test.ts guards this.
 */
export function skipPeerObjects(socket: TLSSocket): void {
  socket.getPeerCertificate = (() => ({})) as TLSSocket['getPeerCertificate'];
  socket.getEphemeralKeyInfo = () => ({});
}

/** Tells what the service showed, as soon as it showed something. */
function tellOnce(observer: PingObserver, readSent: () => X509Certificate[]): () => void {
  let told = false;
  return () => {
    const chain = told ? [] : readSent();
    told ||= chain.length > 0;
    if (chain.length > 0) observer.showed(chain);
  };
}

/**
 * Runs `look` while the socket still knows what the service showed: Node destroys a socket whose handshake fails or is not believed
 * before anybody hears of it, and a destroyed one knows nothing (seen on 24.21, in TLS 1.2 and 1.3).
 */
function beforeDestroy(socket: TLSSocket, look: () => void): void {
  socket.destroy = (error) => {
    look();
    return TLSSocket.prototype.destroy.call(socket, error);
  };
}

/** Read right after the handshake: once the service has closed, the socket knows nothing any more. */
function readTlsFacts(socket: TLSSocket, peer: PeerCertificate | null): TlsFacts {
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    peerNotAfter: peer?.notAfter ?? null,
  };
}
