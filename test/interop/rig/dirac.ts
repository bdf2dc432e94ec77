import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { diracCfg } from './diracCfg.ts';
import { type DiracInstall, diracSources } from './diracInstall.ts';
import type { GridPki, KeyPair } from './pki.ts';
import { freePorts } from './ports.ts';
import { type RunningProcess, runOrThrow, startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** A started `dirac-service` process with two services; `Framework/RigLocked` lets nobody ping it. */
export interface DiracServices {
  process: RunningProcess;
  /** Of `Framework/Rig`, which everybody may ping. */
  port: number;
  /** Of `Framework/RigLocked`. */
  lockedPort: number;
  stop(): Promise<void>;
}

interface DiracStart {
  hostCert: KeyPair;
  ports: [number, number];
  /** 15 is DIRAC's own default. */
  maxThreads: number;
}

/** Starts them with the given host certificate, on free ports or on those of an earlier start. Ready when both listen. */
export async function startDirac(
  install: DiracInstall,
  pki: GridPki,
  { hostCert = pki.host, ports, maxThreads = 15 }: Partial<DiracStart> = {},
): Promise<DiracServices> {
  const [port, lockedPort] = ports ?? ((await freePorts(2)) as [number, number]);
  const home = makeHome(install, pki, { hostCert, ports: [port, lockedPort], maxThreads });
  const process = startProcess({
    name: `dirac-${install.release}`,
    command: join(install.bin, 'dirac-service'),
    args: ['Framework/Rig', 'Framework/RigLocked', '--cfg', join(home, 'dirac.cfg'), '-dd'],
    env: environment(home, pki),
  });
  const isUp = async () => ((await accepts(port)) && (await accepts(lockedPort))) || undefined;
  await waitUntil(`DIRAC ${install.release} listens on ${port} and ${lockedPort}`, isUp, { process });
  return { process, port, lockedPort, stop: process.stop };
}

/** What DIRAC's own client makes of a service: its ping's and whoami's S_OK or S_ERROR. */
export interface DiracAnswers {
  ping: DiracReturn;
  whoami: DiracReturn;
}

interface DiracReturn {
  OK: boolean;
  Value?: Record<string, unknown>;
  Message?: string;
  Errno?: number;
}

/** Asks with the release's own client, with the host certificate, or with a proxy if one is given. */
export async function askAsDirac(
  install: DiracInstall,
  pki: GridPki,
  url: string,
  proxy?: string,
): Promise<DiracAnswers> {
  const home = makeHome(install, pki);
  const args = [join(diracSources, 'ask.py'), join(home, 'dirac.cfg'), url, ...(proxy ? [proxy] : [])];
  const stdout = await runOrThrow(join(install.bin, 'python'), args, { env: environment(home, pki) });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as DiracAnswers; // DIRAC logs to stdout too
}

/** Calls of DIRAC's own client that keep so many threads of a service asleep; resolves when they are answered. */
export async function keepAsleep(install: DiracInstall, pki: GridPki, url: string, threads: number, seconds: number) {
  const args = [join(diracSources, 'keepAsleep.py'), join(makeHome(install, pki), 'dirac.cfg'), url];
  const env = environment(temporaryDir('dirac'), pki);
  await runOrThrow(join(install.bin, 'python'), [...args, `${threads}`, `${seconds}`], { env });
}

export type ProxyKind = 'proxy' | 'proxyOfProxy' | 'proxyLimited';

/** RFC 3820 proxies of a user (by default the PKI's good one), made by DIRAC: the file of each. */
export async function makeProxies(
  install: DiracInstall,
  pki: GridPki,
  user = pki.user,
): Promise<Record<ProxyKind, string>> {
  const dir = temporaryDir('proxies');
  const args = [join(diracSources, 'makeProxies.py'), user.cert, user.key, dir];
  await runOrThrow(join(install.bin, 'python'), args, { env: environment(dir, pki) });
  const file = (name: ProxyKind) => join(dir, `${name}.pem`);
  return { proxy: file('proxy'), proxyOfProxy: file('proxyOfProxy'), proxyLimited: file('proxyLimited') };
}

function makeHome(
  install: DiracInstall,
  pki: GridPki,
  start: DiracStart = { hostCert: pki.host, ports: [0, 0], maxThreads: 1 },
): string {
  const home = temporaryDir('dirac');
  mkdirSync(join(home, 'etc'));
  writeFileSync(join(home, 'dirac.cfg'), diracCfg({ release: install.release, caDir: pki.caDir, ...start }));
  return home;
}

/** DIRAC reads ~/.dirac.cfg and <root>/etc too: both are led away from the machine's own. */
export function environment(home: string, pki: GridPki): Record<string, string> {
  return {
    HOME: home,
    DIRAC_ROOT_PATH: home,
    X509_CERT_DIR: pki.caDir,
    PYTHONPATH: diracSources,
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** Whether something accepts TCP connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
