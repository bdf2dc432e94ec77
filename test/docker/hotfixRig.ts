import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Folder, temporaryFolder } from '../grid/gridFiles.ts';

/*
 * What the entrypoint of a service's container finds in it: real git repositories, a real virtual environment, the tree of a tarball.
 */

export const ENTRYPOINT = fileURLToPath(new URL('../../docker/dirac/entrypoint.sh', import.meta.url));

/** A git repository on disk, on the branch `main`. */
export interface Repository {
  path: string;
  url: string;
  /** Commits these files to a branch, which is made from the one before where there is none; returns the commit's hash. */
  commit(files: Record<string, string>, branch?: string): string;
  git(...args: string[]): string;
}

/** Makes an empty one, in a folder of any name. */
export function createRepository(t: TestContext, name = 'repository'): Repository {
  const folder = temporaryFolder(t);
  const path = join(folder.path, name);
  const author = ['-c', 'user.name=Rig', '-c', 'user.email=rig@example.org'];
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, ...author, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: gitEnv(folder),
    }).trim();
  folder.write(`${name}/.keep`, '');
  git('init', '--quiet', '--initial-branch=main');
  return {
    path,
    url: `file://${path}`,
    git,
    commit: (files, branch = 'main') => {
      const isNew = git('branch', '--list', branch) === '';
      if (git('branch', '--show-current') !== branch) git('checkout', '--quiet', ...(isNew ? ['-b'] : []), branch);
      for (const [file, content] of Object.entries(files)) folder.write(`${name}/${file}`, content);
      git('add', '--all');
      git('commit', '--quiet', '--message', 'A hotfix');
      return git('rev-parse', 'HEAD');
    },
  };
}

/** A package that pip builds without any network: it brings its own way to be built. */
export function pipPackage(name: string, version: string, requires: readonly string[] = []): Record<string, string> {
  return {
    'pyproject.toml': `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
    [`src/${name}/__init__.py`]: `__version__ = "${version}"\n`,
    'backend.py': `
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, about = "${name}-${version}-py3-none-any.whl", "${name}-${version}.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.write("src/${name}/__init__.py", "${name}/__init__.py")
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nGenerator: rig\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return name
`,
  };
}

/** DIRAC in a virtual environment, as pip installs it; pip itself is the machine's. */
export function installPip(t: TestContext): Folder {
  const folder = temporaryFolder(t);
  const venv = join(folder.path, 'venv');
  execFileSync('python3', ['-m', 'venv', '--system-site-packages', '--without-pip', venv], { stdio: 'pipe' });
  const site = execFileSync(join(venv, 'bin/python'), ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  folder.write(`${`${site}`.trim().slice(folder.path.length + 1)}/DIRAC/__init__.py`, '__version__ = "released"\n');
  return folder;
}

/** The tree of a DIRAC tarball, with a bashrc as careless as the real one. */
export function installLegacy(t: TestContext, name?: string): Folder {
  const parent = temporaryFolder(t);
  const root = join(parent.path, name ?? 'dirac');
  const folder: Folder = { path: root, write: (file, content) => parent.write(`${name ?? 'dirac'}/${file}`, content) };
  folder.write('bashrc', `export DIRAC='${root}'\n[ -z "$NOT_SET_AT_ALL" ] || echo never\nfalse\n`);
  folder.write('DIRAC/version', 'released\n');
  folder.write('LHCbDIRAC/version', 'released\n');
  return folder;
}

/** Serves a repository by git's plain-files protocol to whoever shows this user and password; resolves to its address without them. */
export async function serveRepository(t: TestContext, { path, git }: Repository, login: string): Promise<string> {
  git('update-server-info');
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="rig"' }).end();
    }
    try {
      response.end(readFileSync(join(path, '.git', new URL(request.url ?? '', 'http://rig').pathname)));
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * Starts the entrypoint in that installation, behind the words of another command if need be. No pip may look for packages elsewhere, no git
 * for a configuration.
 */
export function startEntrypoint(
  t: TestContext,
  root: Folder,
  command: string[],
  env: Record<string, string> = {},
  before: string[] = [],
) {
  const [program = '', ...args] = [...before, ENTRYPOINT, ...command];
  const child = spawn(program, args, {
    env: { ...gitEnv(root), PIP_NO_INDEX: '1', PIP_NO_CACHE_DIR: '1', DIRAC_ROOT_PATH: root.path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Runs it to its end. */
export async function runEntrypoint(...start: Parameters<typeof startEntrypoint>) {
  const child = startEntrypoint(...start);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

function gitEnv(folder: Folder): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1' };
}
