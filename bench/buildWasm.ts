import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/*
 * npm run build:wasm: makes src/cadvisor/scan/wasm.ts of the C beside it. Needs the Debian 12 packages clang-14 and lld-14; other releases
 * give other bytes, and a test compares them (test/interop/scanWasm.interop.ts).
 */

const SOURCES = fileURLToPath(new URL('../src/cadvisor/scan/', import.meta.url));
export const WASM_TS = join(SOURCES, 'wasm.ts');

const CLANG = 'clang-14';
const RELEASE = 'Debian clang version 14.0.6';
const FLAGS = [
  ...['--target=wasm32', '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-nostdlib'],
  // In every engine that runs Node ≥ 24.
  ...['-msimd128', '-mbulk-memory', '-mmutable-globals'],
  // The stack below all else: what runs over it traps. 1 GiB of memory at most.
  ...['--no-entry', '--stack-first', '--strip-all', '--export=__stack_pointer', '--max-memory=1073741824'].map(
    (flag) => `-Wl,${flag}`,
  ),
];

/** Compiles the scanner. Gives the text of wasm.ts; throws with the compiler's words. `env`: where clang and its linker are found. */
export function buildWasm(env: NodeJS.ProcessEnv = process.env): string {
  const options = { cwd: SOURCES, env, encoding: 'utf8' } as const;
  const [release = ''] = execFileSync(CLANG, ['--version'], options).split('\n');
  if (release !== RELEASE) throw new Error(`expected ${RELEASE}, got ${release}`);
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-wasm-'));
  try {
    const target = join(dir, 'scan.wasm');
    execFileSync(CLANG, [...FLAGS, '-o', target, 'scan.c'], options);
    return wasmText(readFileSync(target));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function wasmText(wasm: Buffer): string {
  return `/** scan.c compiled, in base64: a module that is imported needs neither a copy nor a path. Made by \`npm run build:wasm\`; never edited. */
export const SCAN_WASM =
  '${wasm.toString('base64')}';
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(WASM_TS, buildWasm());
