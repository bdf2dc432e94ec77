import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runOrThrow } from './processes.ts';

/** What is unpacked together: packages of one suite. */
const SETS = {
  bookworm: { suite: 'bookworm', packages: ['influxdb', 'victoria-metrics'] },
  bullseye: { suite: 'bullseye', packages: ['consul', 'cadvisor'] },
  clang: {
    suite: 'bookworm',
    packages: [
      ...['clang-14', 'lld-14', 'libllvm14', 'libclang-cpp14', 'libclang-common-14-dev', 'llvm-14-linker-tools'],
      // Which Debian's image of Python or Node may lack.
      ...['libbsd0', 'libedit2', 'libicu72', 'libmd0', 'libxml2', 'libz3-4'],
    ],
  },
  docker: { suite: 'bookworm', packages: ['docker.io', 'containerd', 'runc', 'tini', 'debootstrap'] },
} as const;

type Suite = (typeof SETS)[keyof typeof SETS]['suite'];

/**
 * The programs of some packages of a Debian suite, unpacked beside the system and not installed. Mirror and key are those
 * of the system's own apt sources. Returns the folder `…/usr/bin` that holds the programs. Needs apt-get and dpkg.
 */
export async function debianPrograms(set: keyof typeof SETS): Promise<string> {
  const { suite, packages } = SETS[set];
  const dir = await cached(`debian-${set}`, packages.join(' '), async (target) => {
    const options = writeAptState(join(target, 'apt'), suite);
    await runOrThrow('apt-get', [...options, '-qq', 'update'], { timeoutMs: 180_000 });
    // `download` writes into the working directory, for which apt-get has no option.
    const download = `cd '${target}' && exec apt-get "$@"`;
    await runOrThrow('sh', ['-c', download, 'sh', ...options, '-qq', 'download', ...packages], { timeoutMs: 300_000 });
    for (const file of readdirSync(target).filter((name) => name.endsWith('.deb'))) {
      await runOrThrow('dpkg', ['-x', join(target, file), join(target, 'root')]);
    }
  });
  return join(dir, 'root/usr/bin');
}

/** A state directory of apt's own kind that knows one suite only. Returns the options that make apt-get use it. */
function writeAptState(state: string, suite: Suite): string[] {
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(state, part), { recursive: true });
  const { mirror, key } = readAptSource();
  writeFileSync(join(state, 'sources.list'), `deb [signed-by=${key}] ${mirror} ${suite} main\n`);
  const places = {
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::Cache': state,
    // apt drops to the user _apt, who may not read a checkout in root's home
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(places).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Mirror address and key file of the system's first Debian source, in either of apt's two formats. */
export function readAptSource(): { mirror: string; key: string } {
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const [deb822, oneLine] = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const text = [deb822, oneLine].filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
  const mirror =
    /^URIs:\s*(\S+)/m.exec(text.join('\n'))?.[1] ?? /^deb\s+(?:\[.*?\]\s+)?(\S+)/m.exec(text.join('\n'))?.[1];
  if (!mirror) throw new Error(`no Debian mirror in ${deb822} or ${oneLine}; expected a Debian system`);
  return { mirror, key };
}

/** Installs packages of the system's own suite; nothing where there are none to install. */
export async function installPackages(missing: readonly string[]): Promise<void> {
  if (missing.length === 0) return;
  console.log(`interop set-up: apt-get install ${missing.join(' ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runOrThrow('apt-get', ['-qq', 'update'], { env, timeoutMs: 180_000 });
  const install = ['-qq', 'install', '-y', '--no-install-recommends', ...missing];
  await runOrThrow('apt-get', install, { env, timeoutMs: 300_000 });
}
