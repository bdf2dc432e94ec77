import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE_IMAGE } from '../interop/rig/baseImage.ts';
import { cached } from '../interop/rig/cache.ts';
import type { Dockerd } from '../interop/rig/dockerd.ts';
import { DEBIAN, makeDebianBase, makeNodeBareBase, makeNodeBuildBase, NODE_BARE, NODE_BUILD } from './localBases.ts';

/* Builds of the images of docker/, on local bases. */

export const PINGER = 'dips-probe';
export const SERVICE = 'localhost/dirac';
export const LEGACY_SERVICE = 'localhost/dirac-legacy';
/** The stage that holds the installed DIRAC and the compiler. */
const INSTALL = 'localhost/dirac-install';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
/** The build context of the service's images. */
export const DIRAC_CONTEXT = join(checkout, 'docker/dirac');
const BUILD_TIMEOUT_MS = 900_000;

/** Builds the pinger's image from this checkout: {@link PINGER}. */
export async function buildPinger(dockerd: Dockerd, labels: Record<string, string>): Promise<void> {
  await makeDebianBase(dockerd);
  await makeNodeBuildBase(dockerd);
  await makeNodeBareBase(dockerd);
  await build(dockerd, checkout, 'docker/pinger/Dockerfile', PINGER, {
    BUILD_BASE: NODE_BUILD,
    BASE: NODE_BARE,
    ...labels,
  });
}

/**
 * Builds the service's image, {@link SERVICE}; the pinger's must be there. DIRAC is installed from PyPI once, in some 2 minutes: the layers of
 * that are saved in the rig's cache, where the engine finds them as those of an earlier build. Any change of what they are made of makes them anew.
 */
export async function buildService(dockerd: Dockerd): Promise<void> {
  const { docker } = dockerd;
  const args = { PROBE: PINGER, BASE: DEBIAN };
  const dockerfile = join(DIRAC_CONTEXT, 'Dockerfile');
  let isNew = false;
  const dir = await cached('image-dirac', installRecipe(dockerfile), async (target) => {
    isNew = true;
    await build(dockerd, DIRAC_CONTEXT, dockerfile, INSTALL, args, ['--target', 'install']);
    await build(dockerd, DIRAC_CONTEXT, dockerfile, SERVICE, args);
    const saved = ['save', '--output', join(target, 'images.tar'), DEBIAN, INSTALL, SERVICE];
    await docker(saved, { timeoutMs: BUILD_TIMEOUT_MS });
  });
  if (isNew) return;
  await docker(['load', '--quiet', '--input', join(dir, 'images.tar')], { timeoutMs: BUILD_TIMEOUT_MS });
  await build(dockerd, DIRAC_CONTEXT, dockerfile, SERVICE, args, ['--cache-from', `${INSTALL},${SERVICE}`]);
}

/** Builds an image of a tarball's tree from a context that has the files of docker/dirac and `dirac.tar.gz`. */
export function buildLegacyService(dockerd: Dockerd, context: string): Promise<void> {
  return build(dockerd, context, join(context, 'Dockerfile.legacy'), LEGACY_SERVICE, { PROBE: PINGER, BASE: DEBIAN });
}

function installRecipe(dockerfile: string): string {
  const files = [dockerfile, join(DIRAC_CONTEXT, 'install.sh'), join(DIRAC_CONTEXT, 'requirements-9.1.txt')];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return `${BASE_IMAGE} ${hash.digest('hex')}`;
}

async function build(
  { docker }: Dockerd,
  context: string,
  dockerfile: string,
  tag: string,
  args: Record<string, string>,
  more: string[] = [],
): Promise<void> {
  const buildArgs = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  // The engine has no network of its own making (rig/dockerd.ts).
  const options = ['--network', 'host', '--pull=false', '--file', dockerfile, '--tag', tag, ...buildArgs, ...more];
  await docker(['build', '--quiet', ...options, context], { timeoutMs: BUILD_TIMEOUT_MS });
}
