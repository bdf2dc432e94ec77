import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { installPackages, readAptSource } from './debian.ts';
import { type Dockerd, OWN_NAMESPACES } from './dockerd.ts';
import { runOrThrow } from './processes.ts';

/** The name of the base image in the engine. */
export const BASE_IMAGE = 'localhost/debian:bookworm';

/** What a container makes by itself or does not need: devices, kernel file systems, what apt downloaded. */
const LEFT_OUT = ['dev/*', 'proc/*', 'sys/*', 'var/cache/apt/archives/*.deb', 'var/lib/apt/lists/*'];

/**
 * A minimal Debian bookworm as a tar file (110 MB), made by debootstrap from the system's own mirror, once, in some 40 s: an image
 * without a registry. `programs` holds debootstrap. Returns the file's path.
 */
export async function bringBaseImage(programs: string): Promise<string> {
  const dir = await cached('image-bookworm', `minbase without ${LEFT_OUT.join(' ')}`, async (target) => {
    await installPackages(existsSync('/usr/bin/wget') ? [] : ['wget']); // debootstrap fetches by it
    const root = join(target, 'root');
    const { mirror, key } = readAptSource();
    const debootstrap = [join(programs, '../sbin/debootstrap'), `--keyring=${key}`, '--variant=minbase'];
    // In namespaces, because it mounts into the new root: a killed one must leave no mount where the next removes files.
    await runOrThrow('unshare', [...OWN_NAMESPACES, ...debootstrap, 'bookworm', root, mirror], {
      env: { DEBOOTSTRAP_DIR: join(programs, '../share/debootstrap') },
      timeoutMs: 600_000,
    });
    const exclude = LEFT_OUT.map((pattern) => `--exclude=./${pattern}`);
    await runOrThrow('tar', ['-C', root, ...exclude, '-cf', join(target, 'root.tar'), '.']);
    rmSync(root, { recursive: true });
  });
  return join(dir, 'root.tar');
}

/** Gives the engine the base image, as {@link BASE_IMAGE}. */
export async function importBaseImage({ docker }: Dockerd, tar: string): Promise<void> {
  await docker(['import', tar, BASE_IMAGE], { timeoutMs: 120_000 });
}
