import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startDipsService } from '../../src/demo/dipsService.ts';
import { createThrowAwayCa, throwAwayCredential } from '../../src/demo/pki.ts';
import { buildIdentity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';

const SERVICE = 'Framework/Rig';

/** A port that drops the first `losses` connections as DIRAC's accept loop does, and passes the others on to a real service. */
async function startLossyPort(t: TestContext, losses: number) {
  const ca = await createThrowAwayCa();
  const pair = await ca.issue();
  const service = await startDipsService({ service: SERVICE, tls: { ...pair, caPem: ca.caPem } });
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    if (connections <= losses) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connectSocket(service.port, '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    await service.close();
  });
  const { port } = server.address() as AddressInfo;
  const identity = buildIdentity(throwAwayCredential(pair, ca));
  const pingIt = () =>
    ping({ scheme: 'dips', host: '127.0.0.1', port, service: SERVICE }, { timeoutMs: 5_000, identity });
  return { pingIt, connections: () => connections };
}

test('a connection lost in the handshake gets a second try, as by DIRAC’s own client', async (t) => {
  const { pingIt, connections } = await startLossyPort(t, 1);
  const result = await pingIt();
  assert.equal(result.ok, true, `${result.reason}: ${result.detail}`);
  assert.equal(connections(), 2);
});

test('a port that drops every connection is closed_early after two', async (t) => {
  const { pingIt, connections } = await startLossyPort(t, Number.POSITIVE_INFINITY);
  const result = await pingIt();
  assert.equal(result.reason, 'closed_early');
  assert.equal(connections(), 2);
});
