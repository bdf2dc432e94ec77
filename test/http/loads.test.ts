import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

/*
 * The pinger lives within 100 MB. What is heavy is loaded when somebody asks for it, each in a process of its own here.
 */

/** Starts a front in a new process, asks it these paths, and tells what of the heavy parts was loaded then. */
function loadedAfter(...paths: string[]): string[] {
  const source = `
    import { createRequire } from 'node:module';
    import { frontOptions, graded } from './test/http/pinger.ts';
    import { startFront } from './src/http/front.ts';
    import { failedBeforeConnect } from './src/model/result.ts';
    const result = failedBeforeConnect('dips://a:9135/A/B', 'refused', 'no');
    const front = await startFront(frontOptions(async () => graded(result)));
    const { get } = process.getBuiltinModule('node:http');
    for (const path of ${JSON.stringify(paths)}) {
      await new Promise((done) => get(front.url + path, { agent: false }, (answer) => answer.resume().on('end', done)));
    }
    const files = Object.keys(createRequire(import.meta.url).cache);
    const names = files.map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(file)?.[1]);
    if (process.moduleLoadList.some((name) => name.endsWith('internal/deps/undici/undici'))) names.push('fetch');
    console.log(JSON.stringify([...new Set(names)]));
    process.exit();`;
  const cwd = new URL('../../', import.meta.url);
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd, encoding: 'utf8' });
  const heavy = ['fetch', 'prom-client', '@opentelemetry/api', 'fast-json-stringify', 'ajv', 'pino'];
  const loaded = JSON.parse(output) as string[];
  return heavy.filter((name) => loaded.includes(name));
}

const PING = '/ping?host=a&port=9135&service=A/B';

test('checks of Consul and Marathon load nothing heavy', () => {
  assert.deepEqual(loadedAfter('/self', PING, '/live', '/ready', '/nowhere'), []);
});

test('a scrape loads the metrics library, and of it no more than is used', () => {
  assert.deepEqual(loadedAfter('/metrics', '/probe?target=a:9135/A/B'), ['prom-client']);
});

test('JSON loads its writer', () => {
  const loaded = loadedAfter(`${PING}&format=json`);
  assert.ok(loaded.includes('fast-json-stringify'), loaded.join(', '));
  assert.ok(!loaded.includes('fetch') && !loaded.includes('prom-client'), loaded.join(', '));
});
