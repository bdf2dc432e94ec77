import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Hand-made cgroups (v1, as on a Debian machine in its legacy or hybrid layout), one per container and hierarchy. They stand
 * below a parent of our own, so that neither a real Docker's nor another run's are touched.
 */

const MOUNT = '/sys/fs/cgroup';
const HIERARCHIES = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd'];
const PREFIX = 'dips-probe-rig-';
const PARENT = `${PREFIX}${process.pid}`;

/** Why containers cannot be made by hand on this machine; undefined where they can. */
export function cgroupObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'making cgroups needs root';
  const missing = HIERARCHIES.filter((name) => !existsSync(join(MOUNT, name, 'cgroup.procs')));
  return missing.length === 0 ? undefined : `no cgroup v1 hierarchy at ${MOUNT}: ${missing.join(', ')}`;
}

/** Puts a process into the cgroups of container `id` (64 hex digits); `memoryLimitBytes` is its memory limit. */
export function addToCgroups(id: string, pid: number, memoryLimitBytes: number): void {
  for (const hierarchy of HIERARCHIES) {
    const parent = join(MOUNT, hierarchy, PARENT);
    const dir = join(parent, id);
    mkdirSync(dir, { recursive: true });
    if (hierarchy === 'cpuset') for (const target of [parent, dir]) copyCpuset(target);
    if (hierarchy === 'memory') writeFileSync(join(dir, 'memory.limit_in_bytes'), `${memoryLimitBytes}`);
    writeFileSync(join(dir, 'cgroup.procs'), `${pid}`);
  }
}

/** Removes our cgroups and those that killed runs left; their processes must have ended. */
export function removeCgroups(): void {
  for (const hierarchy of HIERARCHIES) {
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

/** A new cpuset is empty and takes no process before it has CPUs and memory nodes. */
function copyCpuset(dir: string): void {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(dir, name), readFileSync(join(MOUNT, 'cpuset', name)));
  }
}
