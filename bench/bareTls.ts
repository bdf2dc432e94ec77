import { connect, type TLSSocket } from 'node:tls';
import { skipPeerObjects } from '../src/dips/connect.ts';
import { FrameReader } from '../src/dips/frame.ts';
import type { Identity } from '../src/dips/identity.ts';
import { SERVER_NAME } from './rig.ts';

/**
 * The least that a ping takes by node:tls: connect, handshake, the same bytes in and out, and nothing done with them; no name is checked, and no time
 * limited. Rejects where the connection fails.
 */
export function bareTls(port: number, { context }: Identity, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port,
      servername: SERVER_NAME,
      secureContext: context,
      checkServerIdentity: () => undefined,
    });
    skipPeerObjects(socket);
    const frames = new FrameReader();
    let missing = 2;
    socket.once('secureConnect', () => socket.write(request));
    socket.on('data', (chunk) => {
      frames.push(chunk);
      while (missing > 0 && frames.next()) missing--;
      if (missing > 0) return;
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the bench's service closed with ${missing} frames missing`)));
  });
}
