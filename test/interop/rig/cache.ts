import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything the rig downloads and builds; git-ignored, may be removed at any time. */
const cacheDir = fileURLToPath(new URL('../../../.cache/interop', import.meta.url));

/** Logs of the started services, of the last run. */
export const logDir = join(cacheDir, 'logs');

const LOCK_DEADLINE_S = 600;

/**
 * The directory `name` of the cache, filled by `build` unless an earlier run has filled it by the same `recipe` (any text
 * that changes when the content must). A build that was cut short leaves no stamp, so the next run starts it afresh.
 */
export async function cached(name: string, recipe: string, build: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheDir, name);
  const stamp = `${dir}.built`;
  const isBuilt = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe;
  if (isBuilt()) return dir;
  mkdirSync(dirname(dir), { recursive: true });
  const unlock = await lock(`${dir}.lock`);
  try {
    if (isBuilt()) return dir; // by the process we waited for
    console.log(`interop set-up: building ${name} …`);
    const startedAt = performance.now();
    rmSync(stamp, { force: true });
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    await build(dir);
    writeFileSync(`${stamp}.new`, recipe);
    renameSync(`${stamp}.new`, stamp);
    console.log(`interop set-up: ${name} built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return dir;
  } finally {
    unlock();
  }
}

/**
 * Waits until no other process builds the same. The kernel's own lock, held by a `flock` of util-linux that ends with its
 * standard input: however this process ends, the lock is free again. Resolves to the unlock.
 */
async function lock(path: string): Promise<() => void> {
  const flock = ['flock', '--timeout', `${LOCK_DEADLINE_S}`, path, 'sh', '-c', 'echo held && exec cat'];
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', ...flock], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  if (`${said}` !== 'held\n') throw new Error(`${path}: held by another process for ${LOCK_DEADLINE_S} s`);
  return () => holder.stdin.end();
}
