import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildIdentity } from '../../src/dips/identity.ts';
import { pingThrough } from './exchange.ts';
import type { FaultyPeers } from './faultyPeers.ts';

/* A process of its own for leaks.ts: pings as it is told, and says what it held before and after. */

/** What a process holds. */
export interface Holdings {
  fileDescriptors: number;
  /** What keeps the event loop alive, counted by kind: sockets, timers, requests. */
  resources: Record<string, number>;
  heapBytes: number;
  rssBytes: number;
}

export interface PingRun {
  /** False: nothing disturbs the pings. */
  underFaults: boolean;
  pings: number;
  /** Pings before the first look: what is set up once and kept, as compiled code is and the allocator's arenas, belongs to none. */
  warmUpPings: number;
}

export interface PingRunReport {
  before: Holdings;
  after: Holdings;
  /** How often the pings behind the first look ended so. */
  outcomes: Map<string, number>;
}

const AT_ONCE = 32;
/** The first of pings that a stall lets wait for it. */
const SHORT_MS = 300;
const LONG_MS = 20_000;
/** How long closed sockets may take to be gone. */
const SETTLE_MS = 15_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [{ underFaults, pings, warmUpPings }] = (await once(process, 'message')) as [PingRun];
const peers = fork(new URL('faultyPeers.ts', import.meta.url), { serialization: 'advanced' });
const [{ goodPort, faultyPorts, service, credential }] = (await once(peers, 'message')) as [FaultyPeers];
const ports = underFaults ? [goodPort, ...faultyPorts] : [goodPort];
const target = { scheme: 'dips', host: '127.0.0.1', service } as const;
const exchange = { servicePort: 0, identity: buildIdentity(credential), target };

await pingAll(warmUpPings);
const before = await settle(null);
const outcomes = await pingAll(pings);
const after = await settle(before);
process.send?.({ before, after, outcomes } satisfies PingRunReport);
peers.disconnect();
process.disconnect();

/** Lanes, not a list of all pings to come: a longer list is a larger heap, which V8 then clears less often. */
async function pingAll(count: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let turn = 0;
  async function pingOn(): Promise<void> {
    while (turn < count) {
      const port = ports[turn++ % ports.length] as number;
      const { reason } = await pingThrough({ port }, exchange, underFaults ? SHORT_MS : LONG_MS);
      seen.set(reason ?? 'ok', (seen.get(reason ?? 'ok') ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, pingOn));
  return seen;
}

/** Waits until no connection is on its way out any more: two equal looks, and no more than there was before. */
async function settle(earlier: Holdings | null): Promise<Holdings> {
  const giveUpAt = performance.now() + SETTLE_MS;
  let last = look();
  while (performance.now() < giveUpAt) {
    await sleep(300);
    const now = look();
    const isStill = now.fileDescriptors === last.fileDescriptors;
    if (isStill && now.fileDescriptors <= (earlier?.fileDescriptors ?? Number.POSITIVE_INFINITY)) return now;
    last = now;
  }
  return last;
}

function look(): Holdings {
  collectGarbage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    fileDescriptors: readdirSync('/proc/self/fd').length,
    resources,
    heapBytes: heapUsed + external,
    rssBytes: rss,
  };
}
