import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { encodePingRequest } from '../src/dips/conversation.ts';
import { buildIdentity } from '../src/dips/identity.ts';
import { ping } from '../src/dips/ping.ts';
import { createProbe } from '../src/engine/admission.ts';
import { startPingPool } from '../src/engine/pools.ts';
import { bareTls } from './bareTls.ts';
import { runLean } from './leanChild.ts';
import { measure, onOneCore, WARM_UP_PINGS } from './measure.ts';
import { opensslTime } from './opensslTime.ts';
import { type ClientRun, measureClient, type TlsChoices } from './peers/nativePeer.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import {
  type BenchPki,
  benchTarget,
  createBenchPki,
  IN_FLIGHT,
  mustBeOk,
  OPENSSL_CHOICES,
  OUR_CHOICES,
  SERVER_NAME,
  TIMEOUT_MS,
} from './rig.ts';
import { type Sample, takeRounds, type Variant } from './rounds.ts';
import { judgeRatio, type Verdict } from './verdict.ts';

/**
 * Whole pings (TCP, mutual TLS 1.3 with RSA-2048, name check, both frames, close) against a service in C on the other core, beside
 * the same done in C, in a process that starts as `run` does. CPU per ping is that of the thread for what has one thread, and of the whole
 * process for the engine.
 */
export async function benchPingCost(rounds: number, pingsPerRound: number) {
  const file = fileURLToPath(import.meta.url);
  const rows = (await runLean('run', file, [rounds, pingsPerRound])) as Record<string, Sample>;
  return { rows, verdicts: judge(rows) };
}

async function takePingRounds(rounds: number, pingsPerRound: number): Promise<Record<string, Sample>> {
  const pki = await createBenchPki('rsa2048');
  const peer = await startServicePeer({
    ...pki.host,
    caPem: pki.caPem,
    ...OPENSSL_CHOICES,
    portCount: 1,
    targets: IN_FLIGHT,
  });
  const port = peer.ports[0] as number;
  const identity = buildIdentity(pki.credential);
  const pools = [1, 2].map((threads) => startPingPool(pki.credential, threads));
  const [one, two] = pools.map((pool) => createProbe(pool)) as [Probe, Probe];
  const limits = startLimitThreads(pki, port, pingsPerRound);
  const alone = (pings: number) =>
    measure('thread', pings, async (lane) =>
      mustBeOk(await ping(benchTarget(port, lane), { timeoutMs: TIMEOUT_MS, identity, serverName: SERVER_NAME })),
    );
  const request = encodePingRequest(benchTarget(port, 0).service, 'hosts');
  const bare = () => bareTls(port, identity, request);
  const sTime = opensslTime(pki, port, Math.max(1, Math.round(pingsPerRound / 1_000)));
  const variants: Record<string, Variant> = {
    'limit: the same OpenSSL in C': runInC(pki, port, OUR_CHOICES, pingsPerRound),
    "limit, OpenSSL's own choices": runInC(pki, port, OPENSSL_CHOICES, pingsPerRound),
    'limit, all cores': () => limits.run(1),
    'limit in two threads, all cores': () => limits.run(2),
    ...(sTime && { [sTime.name]: sTime.variant }),
    'bare node:tls in one thread': onOneCore(() => measure('thread', pingsPerRound, bare)),
    'ping() in one thread': onOneCore(() => alone(pingsPerRound)),
    'engine, one ping worker': onOneCore(() => throughEngine(one, port, pingsPerRound)),
    'engine, one ping worker, all cores': () => throughEngine(one, port, pingsPerRound),
    'engine, two ping workers, all cores': () => throughEngine(two, port, pingsPerRound),
  };
  try {
    // As many a thread: two that were warmed up half are slower by a twentieth.
    for (const [at, probe] of [one, two].entries()) await throughEngine(probe, port, (at + 1) * WARM_UP_PINGS);
    await alone(WARM_UP_PINGS);
    await measure('thread', WARM_UP_PINGS, bare);
    return await takeRounds(variants, rounds);
  } finally {
    await Promise.all([limits.close(), ...pools.map((pool) => pool.close())]);
    await peer.close();
    pki.close();
  }
}

type Probe = ReturnType<typeof createProbe>;

function judge(rows: Record<string, Sample>): Verdict[] {
  const cpu = (name: string) => rows[name]?.cpuUs ?? Number.NaN;
  return [
    judgeRatio(
      'whole ping, engine included, CPU',
      cpu('engine, one ping worker'),
      cpu('limit: the same OpenSSL in C'),
      1.2,
      'µs',
    ),
    judgeRatio(
      'two ping workers against one, CPU',
      cpu('engine, two ping workers, all cores'),
      cpu('engine, one ping worker, all cores'),
      1.05,
      'µs',
    ),
  ];
}

function clientRun({ own, caPem }: BenchPki, port: number, choices: TlsChoices, count: number): ClientRun {
  const request = encodePingRequest(benchTarget(port, 0).service, 'hosts');
  return { ...own, ...choices, caPem, port, count, inFlight: IN_FLIGHT, serverName: SERVER_NAME, request };
}

/** What a second thread costs by itself, of caches, of cores and of the service, without anything of ours. */
function startLimitThreads(pki: BenchPki, port: number, count: number) {
  const threads = [1, 2].map(() => new Worker(new URL('peers/clientThread.ts', import.meta.url)));
  return {
    run: async (threadCount: number): Promise<Sample> => {
      const share = Math.ceil(count / threadCount);
      const run = { ...clientRun(pki, port, OUR_CHOICES, share), inFlight: IN_FLIGHT / threadCount };
      const runs = threads.slice(0, threadCount).map(async (thread) => {
        thread.postMessage(run);
        const [{ cpuUs }] = (await once(thread, 'message')) as [Sample];
        return cpuUs;
      });
      const sum = (await Promise.all(runs)).reduce((total, each) => total + each, 0);
      return { cpuUs: sum / threadCount };
    },
    close: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
}

function runInC(pki: BenchPki, port: number, choices: TlsChoices, count: number): Variant {
  return onOneCore(async () => measureClient(clientRun(pki, port, choices, count)));
}

function throughEngine(probe: Probe, port: number, pings: number): Promise<Sample> {
  return measure('process', pings, async (lane) =>
    mustBeOk(await probe({ target: benchTarget(port, lane), timeoutMs: TIMEOUT_MS, serverName: SERVER_NAME })),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rounds = 0, pingsPerRound = 0] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await takePingRounds(rounds, pingsPerRound)));
}
