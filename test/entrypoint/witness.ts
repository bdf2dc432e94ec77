import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { KeyPair } from '../../src/demo/pki.ts';
import { encodeFrame } from '../../src/dips/frame.ts';
import type { Target } from '../../src/model/target.ts';

/** A DIPS service that notes the serial number of each client certificate it sees. */
export interface Witness {
  target: Target;
  /** In the order of the connections. */
  seen: string[];
  /** Shows this certificate from now on. */
  show(pair: KeyPair): void;
  close(): Promise<void>;
}

const SERVICE = 'Framework/Witness';
const ANSWER = Buffer.concat(
  ['{"OK":true,"Value":null}', '{"OK":true,"Value":{"name":"Framework/Witness"}}'].map((text) =>
    encodeFrame(Buffer.from(text)),
  ),
);

/** Starts it on 127.0.0.1; it believes clients of these CAs. */
export async function startWitness(pair: KeyPair, caPems: string[]): Promise<Witness> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const tlsOptions = ({ certPem, keyPem }: KeyPair) => ({ cert: certPem, key: keyPem, ca: caPems });
  const server = createServer({ ...tlsOptions(pair), requestCert: true }, (socket: TLSSocket) => {
    seen.push(socket.getPeerX509Certificate()?.serialNumber ?? 'none');
    socket.on('error', () => {});
    socket.once('data', () => socket.end(ANSWER));
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    target: { scheme: 'dips', host: 'localhost', port: (server.address() as AddressInfo).port, service: SERVICE },
    seen,
    show: (next) => server.setSecureContext(tlsOptions(next)),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
