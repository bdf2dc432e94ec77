import type { TestContext } from 'node:test';
import { createProbe } from '../../src/engine/admission.ts';
import { type PingPool, startPingPool } from '../../src/engine/pools.ts';
import { type Front, type FrontOptions, startFront } from '../../src/http/front.ts';
import { frames, type Pki, tlsOptions, tlsPeer } from '../peers.ts';

/** What the checks of these tests ask for. */
export const SERVICE = 'DataManagement/FileCatalog';

/** The pinger as `serve` puts it together: the real pool, admission and front. */
export async function startPinger(
  t: TestContext,
  pki: Pki,
  capacity?: number,
  over: Partial<FrontOptions> = {},
): Promise<Front> {
  const started = startPingPool(pki.credential);
  t.after(() => started.close());
  const pool: PingPool = { ...started, capacity: capacity ?? started.capacity };
  const probe = createProbe(pool);
  const ping: FrontOptions['ping'] = (target) => probe({ target, timeoutMs: 8_000 });
  const front = await startFront({ host: '127.0.0.1', port: 0, ping, ...over });
  t.after(() => front.close());
  return front;
}

/** A check as Consul's agents make it. */
export function pingPath(port: number, service = SERVICE, host = '127.0.0.1'): string {
  return `/ping?host=${host}&port=${port}&service=${service}`;
}

/** A service that answers when it is told to. `asked` resolves at the first request. */
export async function slowService(t: TestContext, pki: Pki) {
  const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>();
  const { promise: released, resolve: answer } = Promise.withResolvers<void>();
  let connections = 0;
  const bodies = frames('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valuedee');
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
    connections++;
    socket.once('data', async () => {
      tellAsked();
      await released;
      socket.end(bodies);
    });
  });
  return { port, asked, answer, connections: () => connections };
}
