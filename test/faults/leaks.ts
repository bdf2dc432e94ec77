import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pLimit from 'p-limit';
import { type Direction, type FaultKind, startFaultProxy } from '../support/faultProxy.ts';
import { type Exchange, pingThrough } from './exchange.ts';

/** What a process holds. */
interface Holdings {
  fileDescriptors: number;
  /** What keeps the event loop alive, counted by kind: sockets, timers, requests. */
  resources: Record<string, number>;
  heapBytes: number;
  rssBytes: number;
}

const AT_ONCE = 32;
/** Of pings that a stall lets wait for it. */
const DEADLINE_MS = 300;
/** How long closed sockets may take to be gone. */
const SETTLE_MS = 15_000;
/** The engine's own: compiled code, shapes, caches. A leak of one object per ping is a hundred times as much at 10,000. */
const HEAP_SLACK_BYTES = 4 << 20;
/** The allocator's: what is free is not all given back. An OpenSSL connection that leaks is 20 kB and more. */
const RSS_SLACK_BYTES = 48 << 20;

const KINDS: (FaultKind | null)[] = [null, 'stall', 'reset', 'halfClose', 'junk', 'corrupt', 'flood'];
const DIRECTIONS: Direction[] = ['toClient', 'toService'];
/** In the hello, in the handshake, behind it, and in the service's answer or behind it. */
const PLACES = [3, 900, 1_600, 3_300, 3_460];

/** Pings so often under every fault in turn, and asserts that the process then holds what it held before. */
export async function assertNothingLeaks(t: TestContext, exchange: Exchange, pings: number): Promise<void> {
  const { servicePort } = exchange;
  const faults = KINDS.flatMap((kind) =>
    kind === null
      ? [null]
      : DIRECTIONS.flatMap((direction) => PLACES.map((afterBytes) => ({ kind, direction, afterBytes }))),
  );
  const proxies = await Promise.all(faults.map((fault) => startFaultProxy({ servicePort, fault })));
  t.after(() => Promise.all(proxies.map(({ close }) => close())));
  const outcomes = new Map<string, number>();
  async function pingAll(count: number): Promise<void> {
    await pLimit(AT_ONCE).map(Array.from({ length: count }), async (_, turn) => {
      const { ok, reason } = await pingThrough(proxies[turn % proxies.length] as never, exchange, DEADLINE_MS);
      const outcome = reason ?? `ok ${ok}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    });
  }
  // What is set up once and kept, as compiled code is, belongs to no ping.
  await pingAll(Math.min(500, pings));
  const before = await settle(null);
  outcomes.clear();
  await pingAll(pings);
  const after = await settle(before);
  t.diagnostic(`${pings} pings: ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
  t.diagnostic(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.equal(after.fileDescriptors, before.fileDescriptors);
  assert.deepEqual(after.resources, before.resources);
  assert.ok(after.heapBytes - before.heapBytes < HEAP_SLACK_BYTES, `heap ${before.heapBytes} -> ${after.heapBytes}`);
  assert.ok(after.rssBytes - before.rssBytes < RSS_SLACK_BYTES, `RSS ${before.rssBytes} -> ${after.rssBytes}`);
  assert.ok((outcomes.get('ok true') ?? 0) > 0 && outcomes.size > 3, 'faults of several kinds came to pass');
}

/** Waits until no connection is on its way out any more: two equal looks, or as few as `target` has. */
async function settle(target: Holdings | null): Promise<Holdings> {
  const giveUpAt = performance.now() + SETTLE_MS;
  let last = look();
  while (performance.now() < giveUpAt) {
    await sleep(300);
    const now = look();
    const isStill = now.fileDescriptors === last.fileDescriptors;
    if (isStill && now.fileDescriptors <= (target?.fileDescriptors ?? Number.POSITIVE_INFINITY)) return now;
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
