import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** A request that its client sent before it could know that we stop has arrived by then. */
const GRACE_MS = 250;
/** A turn of the event loop in which nothing of weight was done. */
const QUICK_TURN_MS = 0.5;

/**
 * Ends the server without losing a request: takes no new connection, gives those that are open a moment for a request on its way, and
 * waits until `unanswered()` is 0 (the server emits `answered` then). Connections that ask nothing are closed.
 */
export async function stopServer(server: Server, unanswered: () => number): Promise<void> {
  const closed = once(server, 'close');
  await acceptWaiting(server);
  // Not http's own close: that cuts idle connections at once, whatever is on its way on them.
  TcpServer.prototype.close.call(server);
  await Promise.race([closed, delay(GRACE_MS, undefined, { ref: false })]);
  while (unanswered() > 0) await once(server, 'answered');
  // Ends http's timers too; those that ask nothing would be waited for for ever.
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Connections that wait to be accepted are accepted first: they would be reset otherwise. libuv accepts one in each turn (1.52), so the turns go on until one
 * finds none; and it has to be a quick one, or others have come while it did something else, such as handshakes of pings.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => accepted++;
  server.on('connection', count);
  const giveUpAtMs = performance.now() + GRACE_MS;
  // What is left of the turn in which we were called accepts nothing.
  await turn();
  for (let isLast = false; !isLast; ) {
    const [acceptedBefore, beganAtMs] = [accepted, performance.now()];
    await turn();
    const endedAtMs = performance.now();
    const isQuiet = accepted === acceptedBefore && endedAtMs - beganAtMs < QUICK_TURN_MS;
    isLast = isQuiet || endedAtMs > giveUpAtMs;
  }
  server.off('connection', count);
}
