import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Where the containers' cgroups are (v1, as on a Debian machine in its legacy or hybrid layout). They stand below a parent of
 * our own, so that neither another engine's nor another run's are touched.
 */

const MOUNT = '/sys/fs/cgroup';
/** What cAdvisor 0.38 reads; the hybrid layout has `unified` besides, where Docker makes some too. */
const HIERARCHIES = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd'];
const PREFIX = 'dips-probe-rig-';

/** Of all containers of this process, below each hierarchy. */
export const PARENT = `${PREFIX}${process.pid}`;

/** Why containers cannot be watched on this machine; undefined where they can. */
export function cgroupObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'making cgroups needs root';
  const missing = HIERARCHIES.filter((name) => !existsSync(join(MOUNT, name, 'cgroup.procs')));
  return missing.length === 0 ? undefined : `no cgroup v1 hierarchy at ${MOUNT}: ${missing.join(', ')}`;
}

/** Removes our cgroups and those that killed runs left; their processes must have ended. */
export function removeCgroups(): void {
  for (const hierarchy of [...HIERARCHIES, 'unified'].filter((name) => existsSync(join(MOUNT, name)))) {
    const names = readdirSync(join(MOUNT, hierarchy)).filter((name) => name.startsWith(PREFIX));
    for (const name of names) if (name === PARENT || isLeftOver(name)) removeTree(join(MOUNT, hierarchy, name));
  }
}

function isLeftOver(name: string): boolean {
  return !existsSync(`/proc/${name.slice(PREFIX.length)}`);
}

/** A cgroup's files cannot be removed, only its directories, from the leaves. Throws EBUSY while a process is in it. */
function removeTree(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(dir, entry.name));
  rmdirSync(dir);
}
