import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Direction = 'toClient' | 'toService';

/** What happens to one direction of a connection once so many of its bytes have passed. */
export interface Fault {
  kind: FaultKind;
  direction: Direction;
  afterBytes: number;
}

export type FaultKind = keyof typeof STRIKES;

export interface FaultProxy {
  port: number;
  /** Connections in which the fault has come to pass. */
  readonly struck: number;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  servicePort: number;
  /** Null: everything passes. */
  fault: Fault | null;
  /** Told of every piece as it comes, before the fault. */
  onBytes?: (direction: Direction, bytes: Buffer) => void;
}

/** A TCP proxy on 127.0.0.1 that spoils every connection in the same way. It knows nothing of TLS: it counts bytes. */
export async function startFaultProxy({ servicePort, fault, onBytes }: FaultProxyOptions): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let struck = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer({ allowHalfOpen: true }, (accepted) => {
    const client = keep(accepted);
    const service = keep(connect({ port: servicePort, host: '127.0.0.1', allowHalfOpen: true }));
    let isStalled = false;
    forward('toService', client, service);
    forward('toClient', service, client);
    client.once('close', () => service.destroy());
    // Half-closed or closed looks the same from here; a client behind a stall has nothing more to come for.
    client.once('end', () => isStalled && client.destroy());
    service.once('close', () => isStalled || client.destroySoon());

    function forward(direction: Direction, from: Socket, to: Socket): void {
      let pass: Pass = passAll(to);
      let leftBytes = fault?.direction === direction ? fault.afterBytes : Number.POSITIVE_INFINITY;
      from.on('data', (bytes) => {
        onBytes?.(direction, bytes);
        if (bytes.length < leftBytes) {
          leftBytes -= bytes.length;
          pass.bytes(bytes);
          return;
        }
        if (leftBytes > 0) pass.bytes(bytes.subarray(0, leftBytes));
        const rest = bytes.subarray(leftBytes);
        leftBytes = Number.POSITIVE_INFINITY;
        struck++;
        isStalled = fault?.kind === 'stall' || fault?.kind === 'flood';
        pass = STRIKES[(fault as Fault).kind](to, from);
        if (rest.length > 0) pass.bytes(rest);
      });
      from.on('end', () => pass.end());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get struck() {
      return struck;
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** What becomes of bytes, and of the end, on their way to a socket. */
interface Pass {
  bytes(bytes: Buffer): void;
  end(): void;
}

const NOTHING: Pass = { bytes: () => {}, end: () => {} };
const JUNK_BYTES = 300;
const FLOOD_PIECE = randomBytes(1 << 16);

/** Each starts a fault and gives what becomes of the bytes after it. */
const STRIKES = {
  /** Nothing passes any more, not even an end. */
  stall: () => NOTHING,
  reset: (to: Socket, from: Socket) => {
    to.resetAndDestroy();
    from.resetAndDestroy();
    return NOTHING;
  },
  halfClose: (to: Socket) => {
    to.end();
    return NOTHING;
  },
  /** One byte at a time. */
  crumbs: (to: Socket) => passCrumbs(to),
  /** Random bytes in between. */
  junk: (to: Socket) => {
    to.write(randomBytes(JUNK_BYTES));
    return passAll(to);
  },
  /** The next byte arrives changed. */
  corrupt: (to: Socket) => passCorrupted(to),
  /** Random bytes instead, as fast as they are taken: a gigabyte a second on loopback. */
  flood: (to: Socket) => {
    const pour = () => {
      while (!to.destroyed && to.write(FLOOD_PIECE));
    };
    to.on('drain', pour);
    pour();
    return NOTHING;
  },
} satisfies Record<string, (to: Socket, from: Socket) => Pass>;

function passAll(to: Socket): Pass {
  return { bytes: (bytes) => void to.write(bytes), end: () => void to.end() };
}

function passCorrupted(to: Socket): Pass {
  let isDone = false;
  const { end } = passAll(to);
  return {
    bytes: (bytes) => {
      const copy = Buffer.from(bytes);
      if (!isDone) copy[0] = (copy[0] as number) ^ 0x55;
      isDone = true;
      to.write(copy);
    },
    end,
  };
}

function passCrumbs(to: Socket): Pass {
  const waiting: Buffer[] = [];
  let isEnded = false;
  let isRunning = false;
  async function run(): Promise<void> {
    isRunning = true;
    for (let piece = waiting.shift(); piece; piece = waiting.shift()) {
      for (const byte of piece) {
        if (to.destroyed) return;
        to.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    }
    isRunning = false;
    if (isEnded) to.end();
  }
  return {
    bytes: (bytes) => {
      waiting.push(bytes);
      if (!isRunning) void run();
    },
    end: () => {
      isEnded = true;
      if (!isRunning) to.end();
    },
  };
}
