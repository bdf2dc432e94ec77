/** The scanner of cAdvisor's answers is shipped compiled: its bytes are those that its source gives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWasm, WASM_TS } from '../../bench/buildWasm.ts';
import { bring, testWith } from './rig/availability.ts';
import { debianPrograms } from './rig/debian.ts';

const clang = await bring('clang 14', () => debianPrograms('clang'));

testWith(clang, 'src/cadvisor/scan/wasm.ts is what clang makes of scan.c', async (programs) => {
  const libraries = ['x86_64-linux-gnu', 'llvm-14/lib'].map((dir) => join(programs, '../lib', dir)).join(':');
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}`, LD_LIBRARY_PATH: libraries };
  assert.ok(buildWasm(env) === readFileSync(WASM_TS, 'utf8'), 'run npm run build:wasm and commit what it makes');
});
