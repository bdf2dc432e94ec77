import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { installPackages } from './debian.ts';
import { runOrThrow } from './processes.ts';

export type DiracRelease = '9.1' | '8.0' | '7.3';

/** A virtual environment that holds one DIRAC release. */
export interface DiracInstall {
  release: DiracRelease;
  /** Its programs: python, dirac-service. */
  bin: string;
}

/** The Python and requirement files of the rig. */
export const diracSources = fileURLToPath(new URL('./dirac/', import.meta.url));

/** Builds the release's virtual environment, once. Needs python3 (3.11 or newer) and what M2Crypto is compiled with. */
export async function bringDirac(release: DiracRelease): Promise<DiracInstall> {
  const requirements = join(diracSources, `requirements-${release}.txt`);
  const python = await runOrThrow('python3', ['-c', 'import sys; print(sys.prefix, sys.version_info[:2])']);
  const dir = await cached(`dirac-venv-${release}`, python + readFileSync(requirements, 'utf8'), async (venv) => {
    await installBuildPackages();
    await runOrThrow('python3', ['-m', 'venv', venv]);
    const install = ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
    await runOrThrow(join(venv, 'bin/pip'), install, { timeoutMs: 600_000 });
  });
  return { release, bin: join(dir, 'bin') };
}

/** M2Crypto has no wheel for Linux: it is compiled against OpenSSL's headers, and through swig. */
async function installBuildPackages(): Promise<void> {
  const facts = await runOrThrow('python3', [
    '-c',
    'import importlib.util as u, os, sysconfig as s; print(os.path.exists(s.get_path("include") + "/Python.h"), u.find_spec("ensurepip") is not None)',
  ]);
  const [hasHeaders, hasVenv] = facts.trim().split(' ');
  await installPackages([
    ...(existsSync('/usr/bin/swig') ? [] : ['swig']),
    ...(existsSync('/usr/bin/gcc') ? [] : ['gcc', 'libc6-dev']),
    ...(existsSync('/usr/include/openssl/ssl.h') ? [] : ['libssl-dev']),
    ...(hasHeaders === 'True' ? [] : ['python3-dev']),
    ...(hasVenv === 'True' ? [] : ['python3-venv']),
  ]);
}
