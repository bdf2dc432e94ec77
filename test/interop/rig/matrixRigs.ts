import { readFileSync } from 'node:fs';
import { parseTarget } from '../../../src/model/target.ts';
import { keepAsleep, makeProxies, startDirac } from './dirac.ts';
import type { DiracInstall } from './diracInstall.ts';
import { type ClientFiles, identityOf, type MatrixRig } from './matrix.ts';
import { keepAsleepByHttps } from './otherMethod.ts';
import type { GridPki, KeyPair } from './pki.ts';
import type { RunningProcess } from './processes.ts';
import { startTornado, TORNADO_THREADS, type TornadoInstall } from './tornado.ts';

const DIPS_THREADS = 2;
/** Longer than all that is pinged meanwhile takes. */
const ASLEEP_S = 8;

/** Services of the matrix, up. */
export interface RunningRig extends MatrixRig {
  process: RunningProcess;
  /** Takes all threads for 8 s; resolves when that is over. */
  putToSleep(): Promise<void>;
  /** Whether all are asleep, by the service's log: pings that get no answer would prove it on an idle machine only. */
  isAsleep(): boolean;
}

/** The files of all identities; the proxies are made by the release itself. */
export async function makeClients(install: DiracInstall, pki: GridPki): Promise<ClientFiles> {
  const [good, unknownCa, expired] = await Promise.all(
    [pki.user, pki.userOther, pki.userExpired].map((user) => makeProxies(install, pki, user)),
  );
  const user = (pair: KeyPair) => ({ ...pair, extraCredentials: 'none' as const });
  const proxy = (proxies: typeof good) => ({ proxy: proxies?.proxy as string });
  return {
    'host certificate': { good: pki.host, unknownCa: pki.hostUnknown, expired: pki.hostExpired },
    'user certificate': { good: user(pki.user), unknownCa: user(pki.userOther), expired: user(pki.userExpired) },
    proxy: { good: proxy(good), unknownCa: proxy(unknownCa), expired: proxy(expired) },
  };
}

/** `dirac-service` with two services, on two ports. */
export async function startDips(install: DiracInstall, pki: GridPki, clients: ClientFiles): Promise<RunningRig> {
  const { process, port, lockedPort } = await startDirac(install, pki, { maxThreads: DIPS_THREADS });
  const url = (service: string, at = port) => `dips://127.0.0.1:${at}/Framework/${service}`;
  const urls = { open: url('Rig'), locked: url('RigLocked', lockedPort), absent: url('Nope') };
  const putToSleep = () => keepAsleep(install, pki, urls.open, DIPS_THREADS, ASLEEP_S);
  const isAsleep = () => countSleepers(process) === DIPS_THREADS;
  return { scheme: 'dips', release: install.release, urls, pki, clients, process, putToSleep, isAsleep };
}

/** A Tornado server with two services, on one port. */
export async function startHttps(install: TornadoInstall, pki: GridPki, clients: ClientFiles): Promise<RunningRig> {
  const { process, port } = await startTornado(install, pki);
  const url = (service: string) => `https://127.0.0.1:${port}/Framework/${service}`;
  const urls = { open: url('RigWeb'), locked: url('RigWebLocked'), absent: url('Nope') };
  const identity = identityOf({ pki, clients }, 'host certificate');
  const putToSleep = () => keepAsleepByHttps(parseTarget(urls.open), identity, TORNADO_THREADS, ASLEEP_S);
  const isAsleep = () => countSleepers(process) === TORNADO_THREADS;
  return { scheme: 'https', release: install.release, urls, pki, clients, process, putToSleep, isAsleep };
}

function countSleepers({ logPath }: RunningProcess): number {
  return readFileSync(logPath, 'utf8').split('rig: a thread sleeps').length - 1;
}
