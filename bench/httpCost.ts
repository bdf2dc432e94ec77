import { fileURLToPath, pathToFileURL } from 'node:url';
import { PRIVATE_NETWORKS } from '../src/config/allowRules.ts';
import { createAllowList } from '../src/engine/allowList.ts';
import { startPinger } from '../src/entrypoint/pinger.ts';
import { type ChildPeer, OWN_CORE, pin, startChildPeer } from './childPeer.ts';
import type { CallersRun, CallersSaid } from './httpCallers.ts';
import { runLean } from './leanChild.ts';
import { measure, onOneCore, WARM_UP_PINGS } from './measure.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import { type ProbeProcess, startProbeProcess } from './probeProcess.ts';
import { benchTarget, createBenchPki, mustBeOk, TIMEOUT_MS } from './rig.ts';
import { type Sample, takeRounds } from './rounds.ts';
import { judgeFigure, judgeRatio, type Verdict } from './verdict.ts';

/** Consul's agents that ask at the same moment, each for a service of its own. */
const CALLERS = 200;
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

/**
 * What `/ping` costs `serve` besides the ping: the built program under callers, beside the same engine without HTTP, one core each. The engine's
 * process starts as `serve` does, or the difference would be of heaps and compilers.
 */
export async function benchHttpCost(rounds: number, pingsPerRound: number) {
  const rows = (await runLean('serve', fileURLToPath(import.meta.url), [rounds, pingsPerRound])) as HttpRows;
  return { rows, verdicts: judge(rows[ALONE], rows[BY_HTTP]) };
}

type HttpRows = Record<typeof ALONE | typeof BY_HTTP, Sample>;

async function takeHttpRounds(rounds: number, pingsPerRound: number): Promise<HttpRows> {
  const pki = await createBenchPki('rsa2048');
  const peer = await startServicePeer({ ...pki.host, caPem: pki.caPem, groups: null, portCount: 1, targets: CALLERS });
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
  const alone = (pings: number) => onOneCore(() => measure('process', pings, pingAlone, CALLERS));
  const byHttp = (requests: number) => askServe(serve, callers, urls, requests);
  try {
    await byHttp(WARM_UP_PINGS);
    await alone(WARM_UP_PINGS)();
    return await takeRounds({ [ALONE]: alone(pingsPerRound), [BY_HTTP]: () => byHttp(pingsPerRound) }, rounds);
  } finally {
    await Promise.all([serve.stop(), callers.close(), pinger.close()]);
    await peer.close();
    pki.close();
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rounds = 0, pingsPerRound = 0] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await takeHttpRounds(rounds, pingsPerRound)));
}
