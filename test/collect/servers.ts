import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import type { TestContext } from 'node:test';

/** Starts a server on a free port of 127.0.0.1 and closes it, with its connections, after the test. Returns `127.0.0.1:port`. */
export async function listen(t: TestContext, server: TcpServer | Server): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server, 'close');
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function listenHttp(t: TestContext, onRequest: RequestListener): Promise<string> {
  return listen(t, createServer(onRequest));
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

/** Waits until something has become true. The limit only keeps a broken test from hanging. */
export async function until(isTrue: () => boolean): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`never true: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
