import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPingPool } from '../../src/engine/pools.ts';
import { parseTarget } from '../../src/model/target.ts';
import { installDirac, runCommand } from '../entrypoint/runCommand.ts';
import { createPki, deadPort, dipsService, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { answering, httpsPeer, UP } from './httpsPeers.ts';

const PROGRAM = fileURLToPath(new URL('probeAndExit.ts', import.meta.url));
/** The deadline of the pings that must not reach it: a timer left behind holds the program as long. */
const FAR_MS = 600_000;
const NEAR_MS = 500;
/** How long the program may take before it counts as held up. */
const PATIENCE_MS = 30_000;

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };
const service = async (t: TestContext) => (await httpsPeer(t, pki, answering(200, UP))).port;
const ready = async (t: TestContext) => (await httpsPeer(t, pki, answering(200, '{"status":"ready"}'))).port;
const silent = (t: TestContext) => tlsPeer(t, tlsOptions(pki), () => {});

/** What becomes of a ping, the port it goes to, and its deadline. */
const CASES: [expected: string, scheme: string, port: (t: TestContext) => Promise<number>, timeoutMs: number][] = [
  ['ok', 'https', service, FAR_MS],
  ['ok', 'diracx+https', ready, FAR_MS],
  ['ok', 'dips', (t) => dipsService(t, { service: 'A/B', tls }), FAR_MS],
  ['ok', 'dip', (t) => dipsService(t, { service: 'A/B', tls: null }), FAR_MS],
  ['wrong_protocol', 'https', (t) => dipsService(t, { service: 'A/B', tls }), FAR_MS],
  ['wrong_protocol', 'dips', service, FAR_MS],
  ['refused', 'https', () => deadPort(), FAR_MS],
  ['closed_early', 'https', (t) => tlsPeer(t, tlsOptions(pki), (socket) => socket.end()), FAR_MS],
  ['rpc_timeout', 'https', silent, NEAR_MS],
  ['tls_timeout', 'https', (t) => tcpPeer(t, () => {}), NEAR_MS],
];

test('every scheme by its own door, and nothing is left open: the program ends by itself', async (t) => {
  const pings = [];
  for (const [, scheme, port, timeoutMs] of CASES) {
    const path = scheme === 'diracx+https' ? '' : '/A/B';
    pings.push({ url: `${scheme}://127.0.0.1:${await port(t)}${path}`, timeoutMs });
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

test('the ping threads know every scheme, and keep their connections', async (t) => {
  const { port, connections } = await httpsPeer(t, pki, (request, response) => {
    answering(200, request.method === 'GET' ? '{"status":"ready"}' : UP)(request, response);
  });
  const pool = startPingPool(pki.credential);
  t.after(() => pool.close());
  for (const url of [`https://127.0.0.1:${port}/A/B`, `diracx+https://127.0.0.1:${port}`]) {
    const target = parseTarget(url);
    const first = await pool.run({ target, timeoutMs: 10_000 });
    const second = await pool.run({ target, timeoutMs: 10_000 });
    assert.deepEqual([first.ok, second.ok, second.timingsMs.tls], [true, true, null], `${first.detail}`);
  }
  assert.equal(connections(), 2);
});

test('ping: a table with every door, exit 0', async (t) => {
  const { env, folder } = installDirac(t, pki);
  folder.write('dirac/etc/dirac.cfg', 'DIRAC {\nSecurity {\nUseServerCertificate = yes\n}\n}');
  const urls = [`https://127.0.0.1:${await service(t)}/A/B`, `diracx+https://127.0.0.1:${await ready(t)}`];
  const { code, stdout, stderr } = await runCommand(t, ['ping', '--count', '2', ...urls], env);
  assert.deepEqual([code, stderr], [0, ''], stdout);
  for (const url of urls) assert.equal(stdout.split(new RegExp(`^up +${RegExp.escape(url)} `, 'm')).length, 3, stdout);
});

test('ping of DiracX alone: no certificate is needed; the CA directory counts where there is one', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const url = `diracx+https://127.0.0.1:${await ready(t)}`;
  folder.write('dirac/etc/grid-security/hostcert.pem', 'none');
  const believed = await runCommand(t, ['ping', url], env);
  assert.deepEqual([believed.code, believed.stderr], [0, ''], believed.stdout);
  const empty = folder.write('empty/README', 'no CA').replace(/\/README$/, '');
  const doubted = await runCommand(t, ['ping', '--ca-dir', empty, url], env);
  assert.equal(doubted.code, 1);
  assert.match(doubted.stdout, /tls_cert_untrusted/);
  assert.equal((await runCommand(t, ['ping', '--no-verify', url], env)).code, 0);
  const nowhere = await runCommand(t, ['ping', '--ca-dir', '/nowhere', url], env);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /^dips-probe: \/nowhere: cannot be read \(.*ENOENT.*\)\n$/);
});
