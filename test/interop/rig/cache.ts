import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Everything the rig downloads and builds; git-ignored, may be removed at any time. */
const cacheDir = fileURLToPath(new URL('../../../.cache/interop', import.meta.url));

/** Logs of the started services, of the last run. */
export const logDir = join(cacheDir, 'logs');

const LOCK_DEADLINE_MS = 10 * 60_000;

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

/** Waits until no other live process builds the same; a lock whose process is dead is taken over. Returns the unlock. */
async function lock(path: string): Promise<() => void> {
  const giveUpAt = performance.now() + LOCK_DEADLINE_MS;
  while (performance.now() < giveUpAt) {
    try {
      writeFileSync(path, `${process.pid}`, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!isHeld(path)) rmSync(path, { force: true });
    else await sleep(500);
  }
  throw new Error(`${path}: held by another process for ${LOCK_DEADLINE_MS / 60_000} minutes`);
}

function isHeld(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}
