import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARRIVAL_FIELDS, type ClientRun, loadNativePeer, type NativePeer } from '../../bench/peers/nativePeer.ts';
import { type ServicePeer, startServicePeer } from '../../bench/peers/servicePeer.ts';
import { OPENSSL_CHOICES } from '../../bench/rig.ts';
import { encodePingRequest } from '../../src/dips/conversation.ts';
import { ping } from '../../src/dips/ping.ts';
import { createPki, type Pki } from '../peers.ts';

/*
 * The peers in C that the benches hold us against: a limit that skipped a check would be no limit of a ping.
 */

const pki = await createPki();
const otherPki = await createPki();
const native = load();

testWithPeers(
  'the C client carries out whole conversations, and the C service counts them by target',
  async ({ client, service }) => {
    const { failed, cpuUs } = client({ count: 100, inFlight: 16 });
    assert.equal(failed, 0);
    assert.ok(cpuUs > 0);
    const { arrivals } = await service.counts();
    assert.deepEqual(
      [0, 1, 2].map((target) => arrivals[target * ARRIVAL_FIELDS]),
      [0, 100, 0],
    );
  },
);

testWithPeers("the C client checks the service's name", async ({ client }) => {
  assert.equal(client({ count: 5, inFlight: 2, serverName: 'other.example.org' }).failed, 5);
});

testWithPeers('the C client believes its own CA only', async ({ client }) => {
  assert.equal(client({ count: 5, inFlight: 2, caPem: otherPki.ca.caPem }).failed, 5);
});

testWithPeers('the C service wants a certificate of its CA', async ({ client }) => {
  const { certPem, keyPem } = otherPki.credential;
  assert.equal(client({ count: 5, inFlight: 2, certPem, keyPem }).failed, 5);
});

testWithPeers('ping() takes the C service for a DIRAC service', async ({ service }) => {
  const port = service.ports[0] as number;
  const target = { scheme: 'dips', host: '127.0.0.1', port, service: 'Bench/Target00002' } as const;
  const result = await ping(target, { timeoutMs: 10_000, identity: pki.identity });
  assert.deepEqual(
    { ok: result.ok, detail: result.detail, protocol: result.tls?.protocol, version: result.version },
    { ok: true, detail: null, protocol: 'TLSv1.3', version: '8.0.55' },
  );
  const { arrivals } = await service.counts();
  assert.equal(arrivals[2 * ARRIVAL_FIELDS], 1);
  await service.forget();
  assert.ok((await service.counts()).arrivals.every((value) => value === 0));
});

/** Where there is neither compiler nor headers there are no such peers. */
function load(): NativePeer | Error {
  try {
    return loadNativePeer();
  } catch (error) {
    return error as Error;
  }
}

function testWithPeers(name: string, body: (peers: { client: Client; service: ServicePeer }) => Promise<void>): void {
  test(name, async (t) => {
    if (native instanceof Error) return t.skip(`the peers in C cannot be built here: ${native.message}`);
    const service = await startServicePeer({ ...tlsOf(pki, pki.host), portCount: 1, targets: 3 });
    t.after(() => service.close());
    const run: Omit<ClientRun, 'count' | 'inFlight'> = {
      ...tlsOf(pki, pki.credential),
      port: service.ports[0] as number,
      serverName: 'localhost',
      request: encodePingRequest('Bench/Target00001', 'hosts'),
    };
    await body({ service, client: (over) => native.runClient({ ...run, ...over }) });
  });
}

type Client = (over: Partial<ClientRun> & Pick<ClientRun, 'count' | 'inFlight'>) => ReturnType<NativePeer['runClient']>;

function tlsOf({ ca }: Pki, { certPem, keyPem }: { certPem: string; keyPem: string }) {
  return { certPem, keyPem, caPem: ca.caPem, ...OPENSSL_CHOICES };
}
