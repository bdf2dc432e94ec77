import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createAllowList } from '../src/engine/allowList.ts';
import { startWatch } from '../src/engine/watch.ts';
import { startPinger } from '../src/entrypoint/pinger.ts';
import { startLineBatch } from '../src/influx/lineBatch.ts';
import { pingLine } from '../src/influx/pingPoint.ts';
import { noCounts, type Sink } from '../src/influx/sink.ts';
import { DEFAULT_LIMITS } from '../src/model/stateLimits.ts';
import { readCpuUs } from './cpuTime.ts';
import { runLean } from './leanChild.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import { benchTarget, createBenchPki, mustBeOk, OPENSSL_CHOICES, SERVER_NAME, TIMEOUT_MS } from './rig.ts';
import { judgeFigure, type Verdict } from './verdict.ts';

/** As the cluster's at 10,000 targets and 20 s. */
const PINGS_PER_SECOND = 500;
const TARGETS = 1_000;
/** V8 compiles for the first minutes of what then runs for months. */
const WARM_UP_MS = 90_000;
const MAX_US = 20;
/** As `run` has it. */
const LINE_WAIT_MS = 1_000;

/** In a process that starts as `run` does. */
export async function benchScheduledCost(durationMs: number): Promise<Verdict> {
  const us = (await runLean('run', fileURLToPath(import.meta.url), [durationMs])) as number;
  return judgeFigure('scheduled ping without the ping, CPU', us, MAX_US, 'µs');
}

/**
 * What a scheduled ping costs besides the ping: CPU of the main thread, which does all but the ping (schedule, admission, hand-over
 * to the worker and back, tally, phases, state, the line for the sinks), at the cluster's rate. P-256, so that one core answers them all.
 */
async function measureUs(durationMs: number): Promise<number> {
  const pki = await createBenchPki('p256');
  const peer = await startServicePeer({
    ...pki.host,
    caPem: pki.caPem,
    ...OPENSSL_CHOICES,
    portCount: 1,
    targets: TARGETS,
  });
  const port = peer.ports[0] as number;
  const targets = Array.from({ length: TARGETS }, (_, index) => benchTarget(port, index));
  const pinger = startPinger({
    credential: pki.credential,
    workers: 1,
    maxInFlight: TARGETS,
    // As `run` has it: what the configuration names is not judged by its addresses.
    judge: createAllowList([], targets),
  });
  let pings = 0;
  let lineCount = 0;
  const counter: Sink = {
    counts: noCounts(),
    write: (_, points) => {
      lineCount += points;
    },
    close: async () => {},
  };
  const lines = startLineBatch([counter], LINE_WAIT_MS);
  const watch = startWatch({
    targets: targets.map((target) => ({
      target,
      intervalMs: (TARGETS / PINGS_PER_SECOND) * 1000,
      timeoutMs: TIMEOUT_MS,
      serverName: SERVER_NAME,
      limits: DEFAULT_LIMITS,
    })),
    probe: pinger.probe,
    onResult: (target, result, atMs) => {
      mustBeOk(result);
      pings++;
      lines.add(pingLine(target, result, atMs));
    },
  });
  try {
    await sleep(WARM_UP_MS);
    const [pingsBefore, cpuBefore] = [pings, readCpuUs('thread')];
    await sleep(durationMs);
    const cpuUs = readCpuUs('thread') - cpuBefore;
    if (lineCount === 0 || pinger.facts().pings.get('ok') !== pings) throw new Error('results were lost on their way');
    return cpuUs / (pings - pingsBefore);
  } finally {
    await watch.close();
    lines.close();
    await pinger.close();
    await peer.close();
    pki.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(await measureUs(Number(process.argv[2])));
}
