import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** A request that its client sent before it could know that we stop has arrived by then. */
const GRACE_MS = 250;

/**
 * Ends the server without losing a request: takes no new connection, gives those that are open a moment for a request on its way, and
 * waits until `unanswered()` is 0 (the server emits `answered` then). Connections that ask nothing are closed.
 */
export async function stopServer(server: Server, unanswered: () => number): Promise<void> {
  const closed = once(server, 'close');
  // Connections that wait to be accepted are accepted first: they would be reset otherwise.
  await turn();
  // Not http's own close: that cuts idle connections at once, whatever is on its way on them.
  TcpServer.prototype.close.call(server);
  await Promise.race([closed, delay(GRACE_MS, undefined, { ref: false })]);
  while (unanswered() > 0) await once(server, 'answered');
  // Ends http's timers too; those that ask nothing would be waited for for ever.
  server.close();
  server.closeAllConnections();
  await closed;
}
