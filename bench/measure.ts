import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_CORES, OWN_CORE, pin } from './childPeer.ts';
import { readCpuUs, type Whose } from './cpuTime.ts';
import { IN_FLIGHT } from './rig.ts';
import { quantile, runInLanes, type Sample, type Variant } from './rounds.ts';

/** Until V8 has compiled what then runs for months. */
export const WARM_UP_PINGS = 8_000;

/** The peer has the last core; what is compared with one thread of C is kept off it. */
export function onOneCore(variant: () => Promise<Sample>): Variant {
  return async () => {
    pin(OWN_CORE);
    try {
      return await variant();
    } finally {
      pin(ALL_CORES);
    }
  };
}

/** Operations in lanes, IN_FLIGHT at a time. */
export async function measure(
  whose: Whose,
  count: number,
  operation: (lane: number) => Promise<void>,
  inFlight = IN_FLIGHT,
): Promise<Sample> {
  const before = readCpuUs(whose);
  const startedAt = performance.now();
  const durationsMs = await runInLanes(count, inFlight, operation);
  const elapsedMs = performance.now() - startedAt;
  return {
    cpuUs: (readCpuUs(whose) - before) / count,
    perSecond: (count / elapsedMs) * 1000,
    p50Ms: quantile(durationsMs, 0.5),
    p99Ms: quantile(durationsMs, 0.99),
  };
}

/** The same, but started at a steady rate, however long each takes. */
export async function measurePaced(
  count: number,
  perSecond: number,
  operation: (turn: number) => Promise<void>,
): Promise<Sample> {
  const durationsMs: number[] = [];
  const before = readCpuUs('process');
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  for (let turn = 0; turn < count; turn++) {
    const waitMs = startedAt + (turn * 1000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const askedAt = performance.now();
    underWay.push(operation(turn).then(() => void durationsMs.push(performance.now() - askedAt)));
  }
  await Promise.all(underWay);
  const elapsedMs = performance.now() - startedAt;
  return {
    cpuUs: (readCpuUs('process') - before) / count,
    perSecond: (count / elapsedMs) * 1000,
    p50Ms: quantile(durationsMs, 0.5),
    p99Ms: quantile(durationsMs, 0.99),
  };
}
