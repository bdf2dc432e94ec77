import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runOrThrow } from './processes.ts';

const UNPACKED = { bookworm: ['influxdb', 'victoria-metrics'], bullseye: ['consul', 'cadvisor'] } as const;

type Suite = keyof typeof UNPACKED;

/**
 * The programs of some packages of a Debian suite, unpacked beside the system and not installed. Mirror and key are those
 * of the system's own apt sources. Returns the folder that holds the programs. Needs apt-get and dpkg.
 */
export async function debianPrograms(suite: Suite): Promise<string> {
  const packages = UNPACKED[suite];
  const dir = await cached(`debian-${suite}`, packages.join(' '), async (target) => {
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
function readAptSource(): { mirror: string; key: string } {
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const [deb822, oneLine] = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const text = [deb822, oneLine].filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
  const mirror =
    /^URIs:\s*(\S+)/m.exec(text.join('\n'))?.[1] ?? /^deb\s+(?:\[.*?\]\s+)?(\S+)/m.exec(text.join('\n'))?.[1];
  if (!mirror) throw new Error(`no Debian mirror in ${deb822} or ${oneLine}; expected a Debian system`);
  return { mirror, key };
}
