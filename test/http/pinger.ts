import type { TestContext } from 'node:test';
import { createProbe } from '../../src/engine/admission.ts';
import { type PingPool, startPingPool } from '../../src/engine/pools.ts';
import { type Front, startFront } from '../../src/http/front.ts';
import type { AskedPing, FrontOptions, PingAnswer } from '../../src/http/frontOptions.ts';
import type { MetricsFacts } from '../../src/http/metricsFacts.ts';
import { createPhaseHistogram } from '../../src/http/phaseHistogram.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { frames, type Pki, tlsOptions, tlsPeer } from '../peers.ts';

/** What the checks of these tests ask for. */
export const SERVICE = 'DataManagement/FileCatalog';

const TIMEOUT_MS = 8_000;

/** A front until the end of the test, on whatever pings. */
export async function startTestFront(
  t: TestContext,
  ping: FrontOptions['ping'],
  over: Partial<FrontOptions> = {},
): Promise<Front> {
  const front = await startFront({ ...frontOptions(ping), ...over });
  t.after(() => front.close());
  return front;
}

/** The options of a front that is ready and has nothing to tell. */
export function frontOptions(ping: FrontOptions['ping']): FrontOptions {
  return { host: '127.0.0.1', port: 0, statusProfile: 'legacy', ping, notReady: () => null, metrics: noFacts };
}

/** The pinger as `serve` puts it together: the real pool, admission and front. */
export function startPinger(
  t: TestContext,
  pki: Pki,
  capacity?: number,
  over: Partial<FrontOptions> = {},
): Promise<Front> {
  const started = startPingPool(pki.credential);
  t.after(() => started.close());
  const pool: PingPool = { ...started, capacity: capacity ?? started.capacity };
  const probe = createProbe(pool);
  const ping = async ({ target, timeoutMs = TIMEOUT_MS }: AskedPing) => graded(await probe({ target, timeoutMs }));
  return startTestFront(t, ping, over);
}

/** The answer of a ping that was made for the request. */
export function graded(result: ProbeResult): PingAnswer {
  return { result, ageMs: null, grade: { state: result.ok ? 'up' : 'down', reason: result.reason } };
}

/** Of a prober that has done nothing. */
export function noFacts(): MetricsFacts {
  return {
    credential: null,
    pings: new Map(),
    phases: createPhaseHistogram(),
    engine: { inFlight: 0, maxInFlight: 0 },
    pool: { inFlight: [], crashed: 0, stuck: 0, leaked: 0, retried: 0 },
    schedule: null,
    history: null,
    sinks: [],
    collector: null,
    influx: null,
  };
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
