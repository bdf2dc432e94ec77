import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../interop/rig/cache.ts';
import { runOrThrow } from '../interop/rig/processes.ts';

/** What the branch `hotfix` says it is. */
export const HOTFIX_VERSION = '9.1.97';
const RELEASE = '9.1.22';

/**
 * A git repository of DIRAC's own sources, as they are released on PyPI, with a branch `hotfix` whose tag gives it a version of its own: DIRAC takes
 * it from there when it is built. Made once, in the rig's cache. Returns its folder.
 */
export async function bringDiracRepository(): Promise<string> {
  return cached('dirac-repository', `${RELEASE} ${HOTFIX_VERSION}`, async (dir) => {
    const download = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--no-binary',
      'DIRAC',
      '--dest',
      join(dir, 'sdist'),
    ];
    await runOrThrow('python3', [...download, `DIRAC==${RELEASE}`], { timeoutMs: 300_000 });
    await runOrThrow('sh', ['-c', 'tar -xf "$0"/sdist/*.tar.gz -C "$0" --strip-components 1 && rm -r "$0/sdist"', dir]);
    const author = ['-c', 'user.name=Rig', '-c', 'user.email=rig@example.org'];
    const git = (...args: string[]) => runOrThrow('git', ['-C', dir, ...author, ...args]);
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all', '--force');
    await git('commit', '--quiet', '--message', `DIRAC ${RELEASE}`);
    await git('checkout', '--quiet', '-b', 'hotfix');
    copyFileSync(join(dir, 'README.rst'), join(dir, 'HOTFIX.rst'));
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'A hotfix');
    await git('tag', `v${HOTFIX_VERSION}`);
    await git('checkout', '--quiet', 'main');
  });
}
