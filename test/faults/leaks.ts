import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pLimit from 'p-limit';
import { buildIdentity } from '../../src/dips/identity.ts';
import { pingThrough } from './exchange.ts';
import type { FaultyPeers } from './faultyPeers.ts';

/** What a process holds. */
interface Holdings {
  fileDescriptors: number;
  /** What keeps the event loop alive, counted by kind: sockets, timers, requests. */
  resources: Record<string, number>;
  heapBytes: number;
  rssBytes: number;
}

export interface LeakTest {
  /** False: nothing disturbs the pings. */
  underFaults: boolean;
  pings: number;
  /** Pings before the first look: what is set up once and kept, as compiled code is and the allocator's arenas, belongs to none. */
  warmUpPings: number;
  /** By how much RSS may have grown: what the allocator has free is not all given back. */
  rssSlackBytes: number;
}

const AT_ONCE = 32;
/** The first of pings that a stall lets wait for it. */
const SHORT_MS = 300;
const LONG_MS = 20_000;
/** How long closed sockets may take to be gone. */
const SETTLE_MS = 15_000;
/** The engine's own: code, shapes, caches. */
const HEAP_SLACK_BYTES = 4 << 20;

/** Pings so often, if it is to be under every fault in turn, and asserts that this process then holds what it held before. */
export async function assertNothingLeaks(t: TestContext, leakTest: LeakTest): Promise<void> {
  const { underFaults, pings, warmUpPings, rssSlackBytes } = leakTest;
  const peers = fork(new URL('faultyPeers.ts', import.meta.url), { serialization: 'advanced' });
  t.after(() => peers.disconnect());
  const [{ goodPort, faultyPorts, service, credential }] = (await once(peers, 'message')) as [FaultyPeers];
  const ports = underFaults ? [goodPort, ...faultyPorts] : [goodPort];
  const target = { scheme: 'dips', host: '127.0.0.1', service } as const;
  const exchange = { servicePort: 0, identity: buildIdentity(credential), target };
  let outcomes = new Map<string, number>();
  async function pingAll(count: number): Promise<void> {
    outcomes = new Map();
    await pLimit(AT_ONCE).map(Array.from({ length: count }), async (_, turn) => {
      const port = ports[turn % ports.length] as number;
      const { reason } = await pingThrough({ port }, exchange, underFaults ? SHORT_MS : LONG_MS);
      outcomes.set(reason ?? 'ok', (outcomes.get(reason ?? 'ok') ?? 0) + 1);
    });
  }
  await pingAll(warmUpPings);
  const before = await settle(null);
  await pingAll(pings);
  const after = await settle(before);
  t.diagnostic(`${pings} pings: ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
  t.diagnostic(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.equal(after.fileDescriptors, before.fileDescriptors);
  assert.deepEqual(after.resources, before.resources);
  assert.ok(after.heapBytes - before.heapBytes < HEAP_SLACK_BYTES, `heap ${before.heapBytes} -> ${after.heapBytes}`);
  assert.ok(after.rssBytes - before.rssBytes < rssSlackBytes, `RSS ${before.rssBytes} -> ${after.rssBytes}`);
  const kinds = [...outcomes.keys()];
  if (underFaults)
    assert.ok(kinds.includes('ok') && kinds.length > 3, `faults of several kinds came to pass: ${kinds}`);
  else assert.deepEqual(kinds, ['ok']);
}

/** Waits until no connection is on its way out any more: two equal looks, and no more than there was before. */
async function settle(before: Holdings | null): Promise<Holdings> {
  const giveUpAt = performance.now() + SETTLE_MS;
  let last = look();
  while (performance.now() < giveUpAt) {
    await sleep(300);
    const now = look();
    const isStill = now.fileDescriptors === last.fileDescriptors;
    if (isStill && now.fileDescriptors <= (before?.fileDescriptors ?? Number.POSITIVE_INFINITY)) return now;
    last = now;
  }
  return last;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

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
