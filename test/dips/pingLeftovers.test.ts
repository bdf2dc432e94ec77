import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { answerWith, createPki, deadPort, dipsService, frames, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { deafListener } from './deafListener.ts';

const PROGRAM = fileURLToPath(new URL('pingAndExit.ts', import.meta.url));
/** The deadline of the pings that must not reach it: a timer left behind holds the program as long. */
const FAR_MS = 600_000;
const NEAR_MS = 500;
/** How long the program may take before it counts as held up. */
const PATIENCE_MS = 30_000;

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };

/** What becomes of a ping, the port it goes to, and its deadline. */
const CASES: [expected: string, scheme: string, port: (t: TestContext) => Promise<number>, timeoutMs: number][] = [
  ['ok', 'dips', (t) => dipsService(t, { service: 'A/B', tls }), FAR_MS],
  ['ok', 'dip', (t) => dipsService(t, { service: 'A/B', tls: null }), FAR_MS],
  // A service that does not close after its answer, as DIRAC's does.
  [
    'ok',
    'dips',
    (t) =>
      tlsPeer(t, tlsOptions(pki), (socket) => void socket.write(frames('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valuedee'))),
    FAR_MS,
  ],
  [
    'rpc_error',
    'dips',
    (t) => tlsPeer(t, tlsOptions(pki), (socket) => void socket.write(frames('ds2:OKb0s7:Messages4:gonee'))),
    FAR_MS,
  ],
  ['refused', 'dips', () => deadPort(), FAR_MS],
  ['closed_early', 'dips', (t) => tcpPeer(t, (socket) => socket.destroy()), FAR_MS],
  ['closed_early', 'dip', (t) => tcpPeer(t, (socket) => socket.end()), FAR_MS],
  [
    'wrong_protocol',
    'dips',
    (t) => tcpPeer(t, (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    FAR_MS,
  ],
  ['rpc_protocol', 'dip', (t) => tcpPeer(t, answerWith('nonsense')), FAR_MS],
  ['connect_timeout', 'dip', deafListener, NEAR_MS],
  ['tls_timeout', 'dips', (t) => tcpPeer(t, () => {}), NEAR_MS],
  ['rpc_timeout', 'dips', (t) => tlsPeer(t, tlsOptions(pki), () => {}), NEAR_MS],
  ['rpc_timeout', 'dip', (t) => tcpPeer(t, () => {}), NEAR_MS],
];

test('whatever became of a ping, it leaves no socket and no timer: the program ends by itself', async (t) => {
  const pings = [];
  for (const [, scheme, port, timeoutMs] of CASES) {
    pings.push({ target: { scheme, host: '127.0.0.1', port: await port(t), service: 'A/B' }, timeoutMs });
  }
  const program = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const patience = setTimeout(() => program.kill('SIGKILL'), PATIENCE_MS);
  program.stdin.end(JSON.stringify({ credential: pki.credential, pings }));
  const [said, [code, signal]] = await Promise.all([text(program.stdout), once(program, 'close')]);
  clearTimeout(patience);
  assert.deepEqual(
    said.trimEnd().split('\n'),
    CASES.map(([expected]) => expected),
  );
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});
