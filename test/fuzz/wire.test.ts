import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { Conversation } from '../../src/dips/conversation.ts';
import { startPingPool } from '../../src/engine/pools.ts';
import { cutAtRandom, seededRandom } from '../dips/pieces.ts';
import { createPki, dipsService, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { fuzzInput } from './inputs.ts';

/*
 * The recorded sessions, spoilt, over real sockets and through the ping thread: a service plays them in pieces and then ends, drops the connection or
 * stays. Each ping must say what the same bytes say without a socket, by its deadline, and the thread must live.
 */

const SEED = Number(process.env.DIPS_PROBE_FUZZ_SEED ?? 20_261_124);
const SECONDS = Number(process.env.DIPS_PROBE_FUZZ_SECONDS ?? 3);
const AT_ONCE = 32;
/** Of pings that only their deadline ends, and of all others. */
const SHORT_MS = 300;
const LONG_MS = 20_000;
/** How long a ping may outlive its deadline before it counts as hung. */
const PATIENCE_MS = 15_000;

const ENDINGS = ['end', 'stay', 'drop'] as const;

/** One turn: the bytes, what the service does behind them, and what they say. The same for the same seed and turn. */
function play(turn: number) {
  const { session } = fuzzInput(SEED, turn);
  const random = seededRandom(SEED + turn);
  const ending = ENDINGS[turn % ENDINGS.length] as (typeof ENDINGS)[number];
  const conversation = new Conversation();
  const outcome = conversation.receive(session) ?? (ending === 'stay' ? null : conversation.end());
  const word = outcome === null ? 'rpc_timeout' : outcome.ok ? 'ok' : outcome.reason;
  return { pieces: cutAtRandom(session, random), ending, word, timeoutMs: outcome === null ? SHORT_MS : LONG_MS };
}

/** Plays the turn that the client's proposal names. */
function serve(socket: Socket): void {
  let asked = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', async (chunk: Buffer) => {
    if (asked.length > 0) return;
    asked = /Fuzz\/(\d+)/.exec(chunk.toString('latin1'))?.[1] ?? '';
    if (asked.length === 0) return;
    const { pieces, ending } = play(Number(asked));
    for (const piece of pieces) {
      if (socket.destroyed) return;
      socket.write(piece);
      await new Promise(setImmediate);
    }
    if (ending === 'end') socket.end();
    // What was written before may be lost with it.
    if (ending === 'drop') socket.destroy();
  });
}

test(`spoilt sessions over sockets and through the ping thread (seed ${SEED}, ${SECONDS} s)`, async (t) => {
  const pki = await createPki();
  const ports = { dips: await tlsPeer(t, tlsOptions(pki), serve), dip: await tcpPeer(t, serve) };
  const pool = startPingPool(pki.credential, 1);
  t.after(() => pool.close());
  const seen = new Map<string, number>();
  let turn = 0;
  let isOver = false;
  async function pingOn(): Promise<void> {
    while (!isOver) {
      const own = turn++;
      const scheme = own % 4 === 0 ? 'dip' : 'dips';
      const { word, ending, timeoutMs } = play(own);
      const target = { scheme, host: '127.0.0.1', port: ports[scheme], service: `Fuzz/${own}` } as const;
      const { reason, detail } = await orHung(pool.run({ target, timeoutMs }), own, timeoutMs);
      const said = reason ?? 'ok';
      const isRight =
        said === word ||
        (ending === 'drop' && said === 'closed_early') ||
        // A busy machine may need a short deadline for less.
        (word === 'rpc_timeout' && (said === 'tls_timeout' || said === 'connect_timeout'));
      assert.ok(isRight, `turn ${own} of seed ${SEED}, ${scheme}, ${ending}: ${said} (${detail}), expected ${word}`);
      seen.set(said, (seen.get(said) ?? 0) + 1);
    }
  }
  const timer = setTimeout(() => {
    isOver = true;
  }, SECONDS * 1000);
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, pingOn));
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
  const tls = { ...pki.host, caPem: pki.ca.caPem };
  const port = await dipsService(t, { service: 'Fuzz/Well', tls });
  const well = await pool.run({
    target: { scheme: 'dips', host: '127.0.0.1', port, service: 'Fuzz/Well' },
    timeoutMs: LONG_MS,
  });
  assert.equal(well.ok, true, `the thread pings on: ${well.detail}`);
  assert.ok(seen.size > 3, `outcomes of several kinds: ${[...seen.keys()]}`);
  t.diagnostic(`${turn} pings: ${[...seen].map(([said, count]) => `${said} ${count}`).join(', ')}`);
});

/** The result, or a rejection that names the turn. */
async function orHung<T>(ping: Promise<T>, turn: number, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    const fault = new Error(`turn ${turn} of seed ${SEED}: not ended ${PATIENCE_MS} ms after its deadline`);
    timer = setTimeout(() => reject(fault), timeoutMs + PATIENCE_MS);
  });
  return Promise.race([ping, hung]).finally(() => clearTimeout(timer));
}
