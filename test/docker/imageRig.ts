import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { diracCfg } from '../interop/rig/diracCfg.ts';
import { diracSources } from '../interop/rig/diracInstall.ts';
import type { Dockerd } from '../interop/rig/dockerd.ts';
import { type GridPki, makeGridPki } from '../interop/rig/pki.ts';
import { freePorts } from '../interop/rig/ports.ts';
import { waitUntil } from '../interop/rig/processes.ts';
import { temporaryDir } from '../interop/rig/temporaryDir.ts';
import { LEGACY_SERVICE, PINGER, SERVICE } from './imageBuild.ts';

/* Containers of our images, as a site runs them: certificates and dirac.cfg mounted where they always were. */

/** Whom the images run as in the tests that give them no rights. */
export const NOBODY = 65534;
/** `docker run` with all of a container's rights taken away. */
export const WITHOUT_RIGHTS = ['--read-only', '--user', `${NOBODY}`, '--cap-drop', 'ALL'];
/** The service that the rig's dirac.cfg starts; DIRAC's handler class of it is in test/interop/rig/dirac. */
const RIG_SERVICE = 'Framework/Rig';

/** What a node has in /opt/dirac/etc. */
interface NodeFiles {
  dir: string;
  pki: GridPki;
}

/** Makes them: certificates of a throw-away grid, the host's key for NOBODY (and root) to read. */
export async function makeNodeFiles(): Promise<NodeFiles> {
  const pki = await makeGridPki();
  const dir = temporaryDir('node');
  const security = join(dir, 'grid-security');
  mkdirSync(security);
  cpSync(pki.caDir, join(security, 'certificates'), { recursive: true });
  copyFileSync(pki.host.cert, join(security, 'hostcert.pem'));
  copyFileSync(pki.host.key, join(security, 'hostkey.pem'));
  chmodSync(join(security, 'hostkey.pem'), 0o400);
  chownSync(join(security, 'hostkey.pem'), NOBODY, NOBODY);
  for (const open of [pki.dir, dir]) chmodSync(open, 0o755);
  return { dir, pki };
}

interface Run {
  name: string;
  /** Words for `docker run`, before the image. */
  options?: string[];
  /** The image's command and arguments. */
  command?: string[];
}

/** Starts a container of the pinger; it is removed after the test. */
export async function runPinger(t: TestContext, dockerd: Dockerd, { dir }: NodeFiles, run: Run): Promise<void> {
  await runContainer(t, dockerd, PINGER, mountSecurity(dir), run);
}

/** The same of the service's image for the tarball layout. */
export async function runLegacy(t: TestContext, dockerd: Dockerd, { dir }: NodeFiles, run: Run): Promise<void> {
  await runContainer(t, dockerd, LEGACY_SERVICE, mountSecurity(dir), run);
}

/** A DIRAC service in a container. */
export interface Service {
  name: string;
  port: number;
  /** What its pinger is asked. */
  query: string;
}

/** Starts a container with a real DIRAC service, which its own health check asks once a second; it is removed after the test. */
export async function runService(
  t: TestContext,
  dockerd: Dockerd,
  { dir }: NodeFiles,
  { name, options = [] }: Run,
): Promise<Service> {
  const [port, lockedPort] = (await freePorts(2)) as [number, number];
  const etc = '/opt/dirac/etc/grid-security';
  const cfg = diracCfg({
    release: '9.1',
    caDir: `${etc}/certificates`,
    hostCert: { cert: `${etc}/hostcert.pem`, key: `${etc}/hostkey.pem` },
    ports: [port, lockedPort],
    maxThreads: 5,
  });
  writeFileSync(join(dir, `${name}.cfg`), cfg);
  const environment = {
    DIPS_PROBE_SELF: `${port}/${RIG_SERVICE} --timeout 2s`,
    PYTHONPATH: '/rig',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  await runContainer(t, dockerd, SERVICE, mountSecurity(dir), {
    name,
    options: [
      ...Object.entries(environment).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
      ...['--volume', `${join(dir, `${name}.cfg`)}:/opt/dirac/etc/dirac.cfg:ro`, '--volume', `${diracSources}:/rig:ro`],
      ...['--label', `dirac_component=${RIG_SERVICE}`, '--network', 'host', '--health-interval', '1s'],
      ...options,
    ],
    command: ['dirac-service', RIG_SERVICE],
  });
  return { name, port, query: `host=localhost&port=${port}&service=${RIG_SERVICE}` };
}

/** Signals the service itself, which is the only child of the container's first process, tini. */
export async function signalService({ docker }: Dockerd, { name }: Service, signal: 'STOP' | 'CONT'): Promise<void> {
  await docker(['exec', name, 'sh', '-c', `kill -${signal} $(cat /proc/1/task/1/children)`]);
}

async function runContainer(
  t: TestContext,
  { docker }: Dockerd,
  image: string,
  volumes: string[],
  { name, options = [], command = [] }: Run,
): Promise<void> {
  t.after(() => docker(['rm', '--force', name]));
  await docker(['run', '--detach', '--name', name, ...volumes, ...options, image, ...command]);
}

function mountSecurity(dir: string): string[] {
  return ['--volume', `${join(dir, 'grid-security')}:/opt/dirac/etc/grid-security:ro`];
}

/** What Docker's health check found of a container. */
interface Health {
  Status: 'starting' | 'healthy' | 'unhealthy';
  FailingStreak: number;
  Log: { ExitCode: number; Output: string }[];
}

export interface ContainerState {
  Status: string;
  ExitCode: number;
  OOMKilled: boolean;
  Pid: number;
  Health?: Health;
}

/** A container's state as the engine has it. */
export async function stateOf({ docker }: Dockerd, name: string): Promise<ContainerState> {
  return JSON.parse(await docker(['inspect', '--format', '{{json .State}}', name])) as ContainerState;
}

/** Waits for that health; resolves to what led to it. Throws, with the container's log, when it ends or that does not come. */
export async function waitForHealth(dockerd: Dockerd, name: string, wanted: Health['Status']): Promise<Health> {
  const probe = async () => {
    const { Status, Health } = await stateOf(dockerd, name);
    return Status !== 'running' || Health?.Status === wanted ? { Status, Health } : undefined;
  };
  const found = await waitUntil(`${name} is ${wanted}`, probe, { deadlineMs: 300_000 }).catch(() =>
    stateOf(dockerd, name),
  );
  if (found.Status === 'running' && found.Health?.Status === wanted) return found.Health;
  const last = JSON.stringify(found.Health?.Log.at(-1));
  throw new Error(
    `${name} is not ${wanted}: ${found.Status}, last check ${last}; it said:\n${await logOf(dockerd, name)}`,
  );
}

/** The end of what a container said, both streams. */
export async function logOf({ docker }: Dockerd, name: string): Promise<string> {
  const path = await docker(['inspect', '--format', '{{.LogPath}}', name]);
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(-30);
  return lines.map((line) => (line ? (JSON.parse(line) as { log: string }).log : '')).join('');
}
