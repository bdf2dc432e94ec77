import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

/** Listens with the smallest backlog and sleeps: nothing is ever accepted. */
const SLEEPER = `
const { createServer } = require('node:net');
const { parentPort } = require('node:worker_threads');
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});`;

/** Time for a connect on loopback, which takes well below a millisecond where the kernel answers at all. */
const CONNECT_MS = 300;

const MAX_BACKLOG = 64;

/** A port of 127.0.0.1 whose backlog is full until the end of the test: the kernel drops each further SYN. */
export async function deafListener(t: TestContext): Promise<number> {
  const worker = new Worker(SLEEPER, { eval: true });
  const [port] = await once(worker, 'message');
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await worker.terminate();
  });
  for (let full = false; !full; ) {
    assert.ok(sockets.length < MAX_BACKLOG, 'this kernel takes any number of connections');
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    full = await Promise.race([
      once(socket, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, CONNECT_MS, true).unref()),
    ]);
  }
  return port;
}
