import type { HttpConnection } from './httpConnection.ts';

/** About 70 kB of memory each. Beyond this the one that waited longest is closed. */
const MAX_IDLE_CONNECTIONS = 256;
/**
 * A certificate is judged when a connection is opened. So that one which ended, was revoked or replaced since is seen, a connection is
 * not used for longer.
 */
const MAX_AGE_MS = 300_000;

/** Connections that wait for their next ping. */
export interface ConnectionStore {
  /** An open one that was kept under this key, to one of the addresses where they are given; it is the caller's then. */
  take(key: string, addresses?: readonly string[]): HttpConnection | null;
  /** Keeps one that can still be used, closes any other. */
  keep(key: string, connection: HttpConnection): void;
  close(): Promise<void>;
}

export function createConnectionStore(): ConnectionStore {
  /** The one that waits longest comes first. */
  const idle = new Map<HttpConnection, Waiting>();

  function remove(connection: HttpConnection, { forget }: Waiting): void {
    idle.delete(connection);
    connection.socket.off('close', forget);
  }

  return {
    take: (key, addresses) => {
      for (const [connection, waiting] of idle) {
        if (waiting.key !== key || (addresses && !addresses.includes(connection.address))) continue;
        remove(connection, waiting);
        if (isUsable(connection)) return connection;
        discard(connection);
      }
      return null;
    },
    keep: (key, connection) => {
      if (!isUsable(connection)) return discard(connection);
      const forget = () => void idle.delete(connection);
      idle.set(connection, { key, forget });
      connection.socket.once('close', forget);
      const [oldest] = idle;
      if (idle.size <= MAX_IDLE_CONNECTIONS || !oldest) return;
      remove(...oldest);
      discard(oldest[0]);
    },
    close: async () => {
      const connections = [...idle.keys()];
      idle.clear();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** What is known of a connection that waits. */
interface Waiting {
  key: string;
  /** Listens for its end. */
  forget: () => void;
}

function isUsable(connection: HttpConnection): boolean {
  return connection.isOpen() && performance.now() - connection.openedAtMs < MAX_AGE_MS;
}

function discard(connection: HttpConnection): void {
  connection.close().catch(() => {});
}
