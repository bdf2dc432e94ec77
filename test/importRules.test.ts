import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXCEPTIONS, findFaults, readImports, type SourceFile } from './importRules.ts';

test('src and bench keep the import rules', () => {
  const files = ['src', 'bench', 'test/interop/rig'].flatMap(readSources);
  files.push({ path: 'test/peers.ts', text: '' }); // of which the rig has its services
  files.push({ path: 'test/cadvisor/oracle.ts', text: '' }); // what the bench of the scanner holds it against
  assert.ok(files.length > 50, `only ${files.length} files were found`);
  const { faults, used } = findFaults(files);
  assert.deepEqual(faults, []);
  assert.deepEqual([...used].sort(), Object.keys(EXCEPTIONS).sort(), 'an exception that nothing needs any more');
});

/** Made-up sources, and what the rules must say of them; null = nothing. */
const MADE_UP: [name: string, files: Record<string, string>, fault: string | null][] = [
  [
    'downward',
    {
      'src/entrypoint/a.ts': "import { b } from '../engine/b.ts';",
      'src/engine/b.ts': "import type { c } from '../model/c.ts';",
      'src/model/c.ts': '',
    },
    null,
  ],
  [
    'upward',
    { 'src/model/a.ts': "import type { b } from '../dips/b.ts';", 'src/dips/b.ts': '' },
    'src/model/a.ts: imports src/dips/b.ts; model may import no other folder',
  ],
  [
    'sideways',
    { 'src/grid/a.ts': "import {\n  b,\n} from '../dips/b.ts';", 'src/dips/b.ts': '' },
    'src/grid/a.ts: imports src/dips/b.ts; grid may import model',
  ],
  [
    'sideways in the middle',
    { 'src/http/a.ts': "export * from '../engine/b.ts';", 'src/engine/b.ts': '' },
    'src/http/a.ts: imports src/engine/b.ts; http may import dips, grid, cadvisor, model',
  ],
  [
    'workers imported',
    { 'src/engine/a.ts': "const b = await import('../workers/b.ts');", 'src/workers/b.ts': '' },
    'src/engine/a.ts: imports src/workers/b.ts; engine may import dips, grid, cadvisor, model',
  ],
  ['an exception', { 'src/engine/a.ts': "import { b } from '../influx/sink.ts';", 'src/influx/sink.ts': '' }, null],
  [
    'beside the exception',
    { 'src/engine/a.ts': "import { b } from '../influx/lineProtocol.ts';", 'src/influx/lineProtocol.ts': '' },
    'src/engine/a.ts: imports src/influx/lineProtocol.ts; engine may import dips, grid, cadvisor, model',
  ],
  ['an unknown folder', { 'src/utils/a.ts': '' }, 'src/utils/a.ts: the folder utils is in no table of import rules'],
  [
    'no suffix',
    { 'src/model/a.ts': "import { b } from './b';", 'src/model/b.ts': '' },
    'src/model/a.ts: imports src/model/b without its suffix .ts',
  ],
  [
    'a file that is not there',
    { 'src/model/a.ts': "import { b } from './b.ts';" },
    'src/model/a.ts: imports src/model/b.ts, which is not there',
  ],
  [
    'a cycle',
    {
      'src/http/a.ts': "import './b.ts';",
      'src/http/b.ts': "import './c.ts';",
      'src/http/c.ts': "import type { a } from './a.ts';",
    },
    'import cycle: src/http/a.ts → src/http/b.ts → src/http/c.ts → src/http/a.ts',
  ],
  [
    'two ways to one file are no cycle',
    { 'src/http/a.ts': "import './b.ts';\nimport './c.ts';", 'src/http/b.ts': "import './c.ts';", 'src/http/c.ts': '' },
    null,
  ],
  [
    'a default export',
    { 'src/http/a.ts': 'const a = 1;\nexport default a;' },
    'src/http/a.ts: a default export outside workers',
  ],
  ['a default export of a worker', { 'src/workers/a.ts': 'export default 1;' }, null],
  [
    'piscina',
    { 'src/http/a.ts': "import { Piscina } from 'piscina';" },
    'src/http/a.ts: imports piscina, which is for src/engine and the workers',
  ],
  [
    'piscina where it belongs',
    {
      'src/engine/parsePool.ts': "import { Piscina } from 'piscina';",
      'src/workers/a.ts': "import { move } from 'piscina';",
    },
    null,
  ],
  ['a type of piscina', { 'src/engine/a.ts': "import type { Piscina } from 'piscina';" }, null],
  [
    'a socket in a pure file',
    { 'src/dips/frame.ts': "import { connect } from 'node:net';" },
    'src/dips/frame.ts: is pure, but imports node:net',
  ],
  ['a socket where it belongs', { 'src/dips/connect.ts': "import { connect } from 'node:net';" }, null],
  ['the type of a socket in a pure file', { 'src/dips/frame.ts': "import type { Socket } from 'node:net';" }, null],
  ['a function on text of node:net', { 'src/model/a.ts': "import { isIP, isIPv6 } from 'node:net';" }, null],
  [
    'more of node:net than that',
    { 'src/model/a.ts': "import { connect, isIPv6 } from 'node:net';" },
    'src/model/a.ts: is pure, but imports node:net',
  ],
  [
    'files in a pure file',
    { 'src/cadvisor/a.ts': "const fs = await import('node:fs/promises');" },
    'src/cadvisor/a.ts: is pure, but imports node:fs/promises',
  ],
  [
    'a log in a pure file',
    { 'src/http/pingQuery.ts': "import { pino } from 'pino';" },
    'src/http/pingQuery.ts: is pure, but imports pino',
  ],
  [
    'a timer in a pure file',
    { 'src/engine/schedule.ts': 'setTimeout(() => {}, 5);' },
    'src/engine/schedule.ts: is pure, but uses setTimeout(',
  ],
  [
    'a clock in a pure file',
    { 'src/influx/pingPoint.ts': `const now = \`\${Date.now()}\`;` },
    'src/influx/pingPoint.ts: is pure, but uses Date.now',
  ],
  [
    'the present in a pure file',
    { 'src/model/a.ts': 'const now = new Date();' },
    'src/model/a.ts: is pure, but uses new Date()',
  ],
  [
    'the process in a pure file',
    { 'src/model/a.ts': 'const home = process.env.HOME;' },
    'src/model/a.ts: is pure, but uses process.',
  ],
  [
    'words in comments and strings',
    {
      'src/model/a.ts':
        "// setTimeout(process.exit)\n/* console.log */ const a = 'performance.now'; // import './b'\nconst b = new Date(0);",
    },
    null,
  ],
];

for (const [name, sources, fault] of MADE_UP) {
  test(`${name}: ${fault === null ? 'allowed' : 'a fault'}`, () => {
    const files = Object.entries(sources).map(([path, text]) => ({ path, text }));
    assert.deepEqual(findFaults(files).faults, fault === null ? [] : [fault]);
  });
}

test('imports are read in every form', () => {
  const text = [
    "import './a.ts';",
    "import type { B } from './b.ts';",
    "import { type C, c } from './c.ts';",
    "import d, * as e from './d.ts';",
    "export { f } from './f.ts';",
    "export type { G } from './g.ts';",
    "import {\n  h,\n  i,\n} from './h.ts';",
    "const url = 'http://x'; const j = () => import('./j.ts');",
    "// import './never.ts';",
    "export const k = 'x';",
  ].join('\n');
  assert.deepEqual(
    readImports(text).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' (type)' : ''}`),
    ['./a.ts', './b.ts (type)', './c.ts', './d.ts', './f.ts', './g.ts (type)', './h.ts', './j.ts'],
  );
});

function readSources(folder: string): SourceFile[] {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
}
