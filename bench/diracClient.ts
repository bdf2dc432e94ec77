import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { throwAwayCredential } from '../src/demo/pki.ts';
import { encodePingRequest } from '../src/dips/conversation.ts';
import { createProbe } from '../src/engine/admission.ts';
import { startMainThreadPings } from '../src/entrypoint/mainThreadPings.ts';
import { parseTarget } from '../src/model/target.ts';
import { bring } from '../test/interop/rig/availability.ts';
import { environment, startDirac } from '../test/interop/rig/dirac.ts';
import { diracCfg } from '../test/interop/rig/diracCfg.ts';
import { bringDirac, type DiracInstall, type DiracRelease } from '../test/interop/rig/diracInstall.ts';
import { type GridPki, makeGridPki } from '../test/interop/rig/pki.ts';
import { temporaryDir } from '../test/interop/rig/temporaryDir.ts';
import { OWN_CORE, PEER_CORE, pin } from './childPeer.ts';
import { runLean } from './leanChild.ts';
import { measure, measurePaced, onOneCore, WARM_UP_PINGS } from './measure.ts';
import { measureClient } from './peers/nativePeer.ts';
import { mustBeOk, OUR_CHOICES, TIMEOUT_MS } from './rig.ts';
import { type Sample, takeRounds } from './rounds.ts';
import { judgeRatio, notMeasured, type Verdict } from './verdict.ts';

const RELEASE: DiracRelease = '8.0';
const THREADS = 8;
const DIRAC = "DIRAC's client, 8 threads";
const BUSY = 'ours, 8 in flight';
const LIMIT = 'limit: the same OpenSSL in C, 8 in flight';
const PACED = "ours, at the rate of DIRAC's";
const MAX_CPU_RATIO = 0.35;
const MAX_P50_RATIO = 0.25;
const WHAT = `DIRAC's own client, ${THREADS} threads, CPU and p50`;

type DiracRows = Record<typeof DIRAC | typeof BUSY | typeof LIMIT | typeof PACED, Sample>;

interface DiracBench {
  rows: Record<string, Sample>;
  verdicts: Verdict[];
}

/**
 * Our pings and those of DIRAC's own Python client, at the same real DIRAC service, in a process that starts as `serve` does; skipped where
 * DIRAC cannot be had.
 */
export async function benchDiracClient(rounds: number, pingsPerRound: number): Promise<DiracBench> {
  const install = await bring(`DIRAC ${RELEASE}`, () => bringDirac(RELEASE));
  if (!install.ok) return { rows: {}, verdicts: [notMeasured(WHAT, install.reason)] };
  const rows = (await runLean('serve', fileURLToPath(import.meta.url), [rounds, pingsPerRound])) as DiracRows;
  return { rows, verdicts: judge(rows[DIRAC], rows[BUSY], rows[PACED]) };
}

async function takeDiracRounds(rounds: number, pingsPerRound: number): Promise<DiracRows> {
  const install = await bringDirac(RELEASE);
  const pki = await makeGridPki();
  const services = await startDirac(install, pki);
  pin(PEER_CORE, services.process.pid);
  const url = `dips://localhost:${services.port}/Framework/Rig`;
  const dirac = startDiracClient(install, pki, url);
  const ours = startOurClient(pki, services.port);
  // Of the round under way: ours at that rate is held against it too, for eight in flight keep any service busy.
  let diracPerSecond = 0;
  const variants = {
    [DIRAC]: async () => {
      const sample = await dirac.ping(pingsPerRound);
      diracPerSecond = sample.perSecond as number;
      return sample;
    },
    [BUSY]: onOneCore(() => ours.ping(pingsPerRound)),
    [LIMIT]: onOneCore(async () => ours.pingInC(pingsPerRound)),
    [PACED]: onOneCore(() => ours.pingPaced(pingsPerRound, diracPerSecond)),
  };
  try {
    await ours.ping(WARM_UP_PINGS);
    return await takeRounds(variants, rounds);
  } finally {
    await Promise.all([dirac.close(), ours.close()]);
    await services.stop();
  }
}

function judge(dirac: Sample, busy: Sample, paced: Sample): Verdict[] {
  const p50 = (what: string, { p50Ms = Number.NaN }: Sample) =>
    judgeRatio(what, p50Ms, dirac.p50Ms ?? Number.NaN, MAX_P50_RATIO, 'ms');
  return [
    judgeRatio("ours against DIRAC's client, CPU", busy.cpuUs, dirac.cpuUs, MAX_CPU_RATIO, 'µs'),
    p50("ours against DIRAC's client, p50, both 8 at a time", busy),
    p50("ours against DIRAC's client, p50, at the same rate", paced),
  ];
}

/** diracPings.py, told over stdin how many pings to make. */
function startDiracClient(install: DiracInstall, pki: GridPki, url: string) {
  const home = temporaryDir('bench');
  const cfg = join(home, 'dirac.cfg');
  writeFileSync(
    cfg,
    diracCfg({ release: install.release, caDir: pki.caDir, hostCert: pki.host, ports: [0, 0], maxThreads: 1 }),
  );
  const script = fileURLToPath(new URL('peers/diracPings.py', import.meta.url));
  const child = spawn(join(install.bin, 'python'), [script, cfg, url, `${THREADS}`], {
    env: { ...process.env, ...environment(home, pki) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  pin(OWN_CORE, child.pid);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`DIRAC's client ended with ${code}`);
  });
  const lines = createInterface(child.stdout);
  // Its end while nothing is asked is the close below.
  ended.catch(() => {});
  return {
    ping: async (count: number): Promise<Sample> => {
      child.stdin.write(`${count}\n`);
      for (;;) {
        const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
        // DIRAC logs to stdout too.
        if (line.startsWith('{"cpuUs"')) return JSON.parse(line);
      }
    },
    close: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}

/** In one thread, as `serve` pings. */
function startOurClient({ host, caFile }: GridPki, port: number) {
  const pem = { certPem: readFileSync(host.cert, 'utf8'), keyPem: readFileSync(host.key, 'utf8') };
  const caPem = readFileSync(caFile, 'utf8');
  const pool = startMainThreadPings(throwAwayCredential(pem, { caPem }));
  const probe = createProbe(pool, { maxPerTarget: pool.capacity });
  const target = parseTarget(`dips://127.0.0.1:${port}/Framework/Rig`);
  // Each its own deadline, or identical pings would share one.
  const pingOnce = async (turn: number) => mustBeOk(await probe({ target, timeoutMs: TIMEOUT_MS + turn }));
  return {
    ping: (count: number) => measure('process', count, pingOnce, THREADS),
    pingInC: (count: number): Sample => {
      const request = encodePingRequest(target.service, 'hosts');
      const own = { ...pem, caPem, ...OUR_CHOICES, serverName: 'localhost', port, request };
      return measureClient({ ...own, count, inFlight: THREADS });
    },
    pingPaced: (count: number, perSecond: number) => measurePaced(count, perSecond, pingOnce),
    close: () => pool.close(),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rounds = 0, pingsPerRound = 0] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await takeDiracRounds(rounds, pingsPerRound)));
}
