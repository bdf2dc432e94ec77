import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect as startTls } from 'node:tls';
import type { Identity } from './identity.ts';
import type { ServerName } from './peerCheck.ts';

/**
 * Runs a TLS handshake over a connected socket only to see whom it is with: believes anybody, sends nothing afterwards, closes. Resolves
 * with the service's certificate and, behind it, the chain that it sent; null when the handshake did not come to its end in time.
 * A ping's own connection cannot tell: it is gone when what it showed is not believed, and Node reads a chain but once.
 */
export function readPeerUnchecked(
  socket: Socket,
  { context }: Identity,
  serverName: ServerName,
  timeoutMs: number,
): Promise<X509Certificate | null> {
  return new Promise((resolve) => {
    const secure = startTls({
      socket,
      secureContext: context,
      rejectUnauthorized: false,
      ...(serverName !== null && isIP(serverName) === 0 && { servername: serverName }),
    });
    // Reading the chain takes its first certificate away, and Node itself would do that on connect.
    secure.getPeerCertificate = (() => ({})) as typeof secure.getPeerCertificate;
    const finish = (peer: X509Certificate | null) => {
      clearTimeout(timer);
      secure.destroy();
      socket.destroy();
      resolve(peer);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    secure.once('secureConnect', () => finish(secure.getPeerX509Certificate() ?? null));
    secure.on('error', () => finish(null));
    secure.once('close', () => finish(null));
  });
}
