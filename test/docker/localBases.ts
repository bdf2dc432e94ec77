import { copyFileSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE_IMAGE } from '../interop/rig/baseImage.ts';
import type { Dockerd } from '../interop/rig/dockerd.ts';
import { runOrThrow } from '../interop/rig/processes.ts';
import { temporaryDir } from '../interop/rig/temporaryDir.ts';

/*
 * What stands in for the public base images where there is no registry. What a build brings from elsewhere it brings as this machine does: with
 * the machine's own certificate authorities.
 */

/** A Debian bookworm. */
export const DEBIAN = 'localhost/base';
/** The same with Node and npm, as `node:24-bookworm-slim` is. */
export const NODE_BUILD = 'localhost/node-build';
/** Node, the libraries it is linked with, and /usr/bin/env: no shell, nothing else. */
export const NODE_BARE = 'localhost/node-bare';

const MACHINE_CAS = '/etc/ssl/certs/ca-certificates.crt';
const CAS = '/usr/local/share/machine-cas.pem';

/** dpkg need not wait for the disk: what is cut short is thrown away. Debian's own images say so, too. */
const DEBIAN_DOCKERFILE = `FROM ${BASE_IMAGE}
COPY cas.pem ${CAS}
RUN echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/no-sync
ENV PIP_CERT=${CAS} NODE_EXTRA_CA_CERTS=${CAS}
`;

const NODE_BUILD_DOCKERFILE = `FROM ${DEBIAN}
COPY root /usr/local/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
`;

/** Makes {@link DEBIAN} of the engine's base image. */
export async function makeDebianBase({ docker }: Dockerd): Promise<void> {
  const dir = temporaryDir('debian-base');
  copyFileSync(MACHINE_CAS, join(dir, 'cas.pem'));
  writeFileSync(join(dir, 'Dockerfile'), DEBIAN_DOCKERFILE);
  await docker(['build', '--quiet', '--tag', DEBIAN, dir]);
}

/** Makes {@link NODE_BUILD} of DEBIAN, with the Node and the npm that run this. */
export async function makeNodeBuildBase({ docker }: Dockerd): Promise<void> {
  const dir = temporaryDir('node-build');
  const npm = realpathSync((await runOrThrow('which', ['npm'])).trim()); // …/npm/bin/npm-cli.js
  cpSync(process.execPath, join(dir, 'root/bin/node'));
  cpSync(dirname(dirname(npm)), join(dir, 'root/lib/node_modules/npm'), { recursive: true });
  writeFileSync(join(dir, 'Dockerfile'), NODE_BUILD_DOCKERFILE);
  await docker(['build', '--quiet', '--tag', NODE_BUILD, dir], { timeoutMs: 120_000 });
}

/** Makes {@link NODE_BARE}. */
export async function makeNodeBareBase({ docker }: Dockerd): Promise<void> {
  const dir = temporaryDir('node-bare');
  const place = (from: string, to: string) => {
    mkdirSync(dirname(join(dir, 'root', to)), { recursive: true });
    copyFileSync(from, join(dir, 'root', to));
  };
  place(process.execPath, 'usr/local/bin/node');
  place('/usr/bin/env', 'usr/bin/env');
  // Both lines of ldd's: `libm.so.6 => /lib/… (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`.
  const linked = await runOrThrow('ldd', [process.execPath, '/usr/bin/env']);
  for (const [library] of linked.matchAll(/\/[^\s:]+(?= \(0x)/g)) place(library, library);
  const tar = join(dir, 'root.tar');
  await runOrThrow('tar', ['-C', join(dir, 'root'), '-cf', tar, '.']);
  await docker(['import', '--change', 'ENV PATH=/usr/local/bin:/usr/bin', tar, NODE_BARE], { timeoutMs: 120_000 });
}
