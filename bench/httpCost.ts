import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PRIVATE_NETWORKS } from '../src/config/allowRules.ts';
import { createAllowList } from '../src/engine/allowList.ts';
import { LEAN_FLAGS } from '../src/entrypoint/leanHeap.ts';
import { startPinger } from '../src/entrypoint/pinger.ts';
import { type ChildPeer, OWN_CORE, pin, startChildPeer } from './childPeer.ts';
import type { CallersRun, CallersSaid } from './httpCallers.ts';
import { runLean } from './leanChild.ts';
import { measure, onOneCore, WARM_UP_PINGS } from './measure.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import { type ProbeProcess, startProbeProcess } from './probeProcess.ts';
import { readProcStat } from './procStat.ts';
import { benchTarget, createBenchPki, mustBeOk, OPENSSL_CHOICES, TIMEOUT_MS } from './rig.ts';
import { type Sample, takeRounds } from './rounds.ts';
import { judgeFigure, judgeRatio, type Verdict } from './verdict.ts';

/** Consul's agents that ask at the same moment, each for a service of its own. */
const CALLERS = 200;
const MAX_HTTP_US = 150;
const MAX_P99_RATIO = 2;

const ALONE = 'engine alone, 200 in flight';
const BY_HTTP = 'serve, 200 callers, a connection each time';
const BARE = 'bare node:http, the same callers and about the same rate';
/** About what a `/ping` takes under so many callers. */
const BARE_MS = 300;

/** Starts a process of callers on the last core. */
export function startCallers(): ChildPeer & { run(run: CallersRun): Promise<CallersSaid> } {
  const child = startChildPeer(fileURLToPath(new URL('httpCallers.ts', import.meta.url)));
  return { ...child, run: async (run) => (await child.ask(run)) as CallersSaid };
}

/** `/ping` URLs of as many services. */
export function pingUrls(serve: Pick<ProbeProcess, 'url'>, port: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { host, service } = benchTarget(port, index);
    return `${serve.url}/ping?host=${host}&port=${port}&service=${service}`;
  });
}

/**
 * What `/ping` costs `serve` besides the ping: the built program under callers, beside the same engine without HTTP, one core each. The engine's
 * process starts as `serve` does, or the difference would be of heaps and compilers. P-256, whose pings take half: what is sought is the
 * difference of two figures that are ten times as large, and as noisy.
 */
export async function benchHttpCost(rounds: number, pingsPerRound: number) {
  const rows = (await runLean('serve', fileURLToPath(import.meta.url), [rounds, pingsPerRound])) as HttpRows;
  return { rows, verdicts: judge(rows) };
}

type HttpRows = Record<typeof ALONE | typeof BY_HTTP | typeof BARE, Sample>;

async function takeHttpRounds(rounds: number, pingsPerRound: number): Promise<HttpRows> {
  const pki = await createBenchPki('p256');
  const peer = await startServicePeer({
    ...pki.host,
    caPem: pki.caPem,
    ...OPENSSL_CHOICES,
    portCount: 1,
    targets: CALLERS,
  });
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
  const bare = await startBareServer();
  const urls = pingUrls(serve, port, CALLERS);
  const bareUrls = pingUrls(bare, port, CALLERS);
  const pingAlone = async (lane: number) =>
    mustBeOk(await pinger.probe({ target: benchTarget(port, lane), timeoutMs: TIMEOUT_MS }));
  const alone = (pings: number) => onOneCore(() => measure('process', pings, pingAlone, CALLERS));
  const byHttp = (requests: number) => askServe(serve, callers, urls, requests);
  const byBare = (requests: number) => askServe(bare, callers, bareUrls, requests);
  try {
    await byHttp(WARM_UP_PINGS);
    await byBare(WARM_UP_PINGS);
    await alone(WARM_UP_PINGS)();
    const variants = {
      [ALONE]: alone(pingsPerRound),
      [BY_HTTP]: () => byHttp(pingsPerRound),
      [BARE]: () => byBare(pingsPerRound),
    };
    return await takeRounds(variants, rounds);
  } finally {
    bare.stop();
    await Promise.all([serve.stop(), callers.close(), pinger.close()]);
    await peer.close();
    pki.close();
  }
}

async function askServe(
  serve: Pick<ProbeProcess, 'stat'>,
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

function judge({ [ALONE]: alone, [BY_HTTP]: byHttp }: HttpRows): Verdict[] {
  return [
    judgeFigure('/ping over HTTP minus the ping, CPU', byHttp.cpuUs - alone.cpuUs, MAX_HTTP_US, 'µs'),
    judgeRatio('p99 of 200 callers, against pings alone', byHttp.p99Ms ?? 0, alone.p99Ms ?? 0, MAX_P99_RATIO, 'ms'),
  ];
}

/** The least that HTTP takes: a process of node:http alone, started as `serve` is. */
async function startBareServer() {
  const file = fileURLToPath(new URL('peers/bareServer.ts', import.meta.url));
  const child = spawn(process.execPath, [...LEAN_FLAGS.serve, file, `${BARE_MS}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid as number;
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`);
  });
  const [port] = await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  pin(OWN_CORE, pid);
  return { url: `http://127.0.0.1:${Number(port)}`, stat: () => readProcStat(pid), stop: () => child.kill() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rounds = 0, pingsPerRound = 0] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await takeHttpRounds(rounds, pingsPerRound)));
}
