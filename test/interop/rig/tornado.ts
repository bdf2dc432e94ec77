import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { accepts, environment } from './dirac.ts';
import { tornadoCfg } from './diracCfg.ts';
import { type DiracInstall, diracSources } from './diracInstall.ts';
import type { GridPki } from './pki.ts';
import { freePort } from './ports.ts';
import { type RunningProcess, runOrThrow, startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** A DIRAC release whose services can be served over HTTPS. */
export interface TornadoInstall extends DiracInstall {
  /** Where Tornado and what goes with it is installed, beside the release's own environment. */
  packages: string;
}

/** Adds Tornado to a release. Compiles a little C, which Tornado could do without. */
export async function bringTornado(install: DiracInstall): Promise<TornadoInstall> {
  const requirements = join(diracSources, 'requirements-tornado.txt');
  const recipe = install.release + readFileSync(requirements, 'utf8');
  const packages = await cached(`dirac-tornado-${install.release}`, recipe, async (dir) => {
    const args = [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--target',
      dir,
      '-r',
      requirements,
    ];
    await runOrThrow(join(install.bin, 'pip'), args, { timeoutMs: 300_000 });
  });
  return { ...install, packages };
}

/**
 * How many calls the services of one Tornado process run at once: they share the default pool of Python's asyncio, which no option of
 * DIRAC changes.
 */
export const TORNADO_THREADS = Math.min(32, cpus().length + 4);

/** A started Tornado server: Framework/RigWeb, which everybody may ping, and Framework/RigWebLocked, which nobody may. */
export interface TornadoServer {
  process: RunningProcess;
  port: number;
  stop(): Promise<void>;
}

/** Starts it on a free port. Ready when it listens. */
export async function startTornado(install: TornadoInstall, pki: GridPki): Promise<TornadoServer> {
  const port = await freePort();
  const home = temporaryDir('tornado');
  mkdirSync(join(home, 'etc'));
  const cfg = join(home, 'dirac.cfg');
  writeFileSync(cfg, tornadoCfg({ release: install.release, caDir: pki.caDir, hostCert: pki.host, port }));
  const process = startProcess({
    name: `tornado-${install.release}`,
    command: join(install.bin, 'python'),
    args: [join(diracSources, 'startTornado.py'), '--cfg', cfg, '-dd'],
    env: {
      ...environment(home, pki),
      PYTHONPATH: `${diracSources}:${install.packages}`,
      DIRAC_USE_TORNADO_IOLOOP: 'yes',
    },
  });
  const isUp = async () => (await accepts(port)) || undefined;
  await waitUntil(`Tornado of DIRAC ${install.release} listens on ${port}`, isUp, { process });
  return { process, port, stop: process.stop };
}
