import { fileURLToPath } from 'node:url';
import { PRIVATE_NETWORKS } from '../src/config/allowRules.ts';
import { createAllowList } from '../src/engine/allowList.ts';
import { startPinger } from '../src/entrypoint/pinger.ts';
import { type ChildPeer, OWN_CORE, pin, startChildPeer } from './childPeer.ts';
import type { CallersRun, CallersSaid } from './httpCallers.ts';
import { measure, onOneCore } from './measure.ts';
import type { ServicePeer } from './peers/servicePeer.ts';
import { type ProbeProcess, startProbeProcess } from './probeProcess.ts';
import { type BenchPki, benchTarget, mustBeOk, TIMEOUT_MS } from './rig.ts';
import { type Sample, takeRounds } from './rounds.ts';
import { judgeFigure, judgeRatio, type Verdict } from './verdict.ts';

/** Consul's agents that ask at the same moment, each for a service of its own. */
const CALLERS = 200;
/** Until V8 has compiled what then runs for months. */
const WARM_UP_PINGS = 4_000;
const MAX_HTTP_US = 150;
const MAX_P99_RATIO = 2;

const ALONE = 'engine alone, 200 in flight';
const BY_HTTP = 'serve, 200 callers, a connection each time';

/** Starts a process of callers on the last core. */
export function startCallers(): ChildPeer & { run(run: CallersRun): Promise<CallersSaid> } {
  const child = startChildPeer(fileURLToPath(new URL('httpCallers.ts', import.meta.url)));
  return { ...child, run: async (run) => (await child.ask(run)) as CallersSaid };
}

/** `/ping` URLs of as many services. */
export function pingUrls(serve: ProbeProcess, port: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { host, service } = benchTarget(port, index);
    return `${serve.url}/ping?host=${host}&port=${port}&service=${service}`;
  });
}

/** What `/ping` costs `serve` besides the ping: the built program under callers, beside the same engine without HTTP, one core each. */
export async function benchHttpCost(
  pki: BenchPki,
  peer: ServicePeer,
  { rounds, pingsPerRound }: { rounds: number; pingsPerRound: number },
): Promise<{ rows: Record<string, Sample>; verdicts: Verdict[] }> {
  const port = peer.ports[0] as number;
  const { cert, key, caDir } = pki.files;
  const serve = await startProbeProcess([
    ...['serve', '--listen', '127.0.0.1:0', '--timeout', `${TIMEOUT_MS}ms`],
    ...['--cert', cert, '--key', key, '--ca-dir', caDir],
  ]);
  pin(OWN_CORE, serve.pid);
  const callers = startCallers();
  const pinger = startPinger({
    credential: pki.credential,
    // As serve pings unless it is told otherwise.
    workers: 0,
    maxInFlight: CALLERS,
    judge: createAllowList(PRIVATE_NETWORKS, []),
  });
  const urls = pingUrls(serve, port, CALLERS);
  const pingAlone = async (lane: number) =>
    mustBeOk(await pinger.probe({ target: benchTarget(port, lane), timeoutMs: TIMEOUT_MS }));
  const alone = onOneCore(() => measure('process', pingsPerRound, pingAlone, CALLERS));
  const byHttp = (requests: number) => askServe(serve, callers, urls, requests);
  try {
    await byHttp(WARM_UP_PINGS);
    const rows = await takeRounds({ [ALONE]: alone, [BY_HTTP]: () => byHttp(pingsPerRound) }, rounds);
    return { rows, verdicts: judge(rows[ALONE] as Sample, rows[BY_HTTP] as Sample) };
  } finally {
    await Promise.all([serve.stop(), callers.close(), pinger.close()]);
  }
}

async function askServe(
  serve: ProbeProcess,
  callers: ReturnType<typeof startCallers>,
  urls: string[],
  requests: number,
): Promise<Sample> {
  const before = serve.stat().cpuMs;
  const { statuses, p50Ms, p99Ms, elapsedMs } = await callers.run({ urls, requests, perSecond: null });
  if (statuses[200] !== requests) throw new Error(`callers were answered ${JSON.stringify(statuses)}`);
  const cpuUs = ((serve.stat().cpuMs - before) * 1000) / requests;
  return { cpuUs, perSecond: (requests / elapsedMs) * 1000, p50Ms, p99Ms };
}

function judge(alone: Sample, byHttp: Sample): Verdict[] {
  return [
    judgeFigure('/ping over HTTP minus the ping, CPU', byHttp.cpuUs - alone.cpuUs, MAX_HTTP_US, 'µs'),
    judgeRatio('p99 of 200 callers, against pings alone', byHttp.p99Ms ?? 0, alone.p99Ms ?? 0, MAX_P99_RATIO, 'ms'),
  ];
}
