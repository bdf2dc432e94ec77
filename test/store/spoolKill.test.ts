import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSpoolStore } from '../../src/store/spoolStore.ts';
import { seededRandom } from '../dips/pieces.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { readBlocks } from './numberedBlocks.ts';

const KILLS = Number(process.env.DIPS_PROBE_SPOOL_KILLS ?? 25);
const SEED = Number(process.env.DIPS_PROBE_SPOOL_SEED ?? 20_261_124);
/** It is killed after so many lines and a while. */
const MAX_LINES = 16;
const MAX_WHILE_MS = 40;
const WRITER = fileURLToPath(new URL('spoolWriter.ts', import.meta.url));

/** Lets a process write to the spool for a while and kills it; returns what it said. */
async function writeAndKill(path: string, life: number, random: () => number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, path, `${life}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  writer.stdout.on('data', (text: Buffer) => {
    said += text;
  });
  const gone = once(writer, 'close');
  const lines = random() * MAX_LINES;
  while (said.split('\n').length <= lines) await once(writer.stdout, 'data');
  await delay(random() * MAX_WHILE_MS);
  writer.kill('SIGKILL');
  const [, signal] = await gone;
  assert.equal(signal, 'SIGKILL');
  return said.split('\n').filter((line) => line !== '');
}

/** The blocks that must be there after what was said, and those that may: what was under way when it was killed. */
function follow(before: readonly number[], said: readonly string[]) {
  let must = [...before];
  let open: string | null = null;
  for (const line of said) {
    const [what = '', ok] = line.split(' ');
    open = ok ? null : what;
    const number = Number(what.slice(1));
    if (!ok) continue;
    if (what.startsWith('+')) must.push(number);
    else must = must.slice(must.indexOf(number) + 1);
  }
  const number = Number(open?.slice(1));
  if (open?.startsWith('+')) return [must, [...must, number]];
  return open ? [must, must.slice(must.indexOf(number) + 1)] : [must];
}

test(`${KILLS} kills at any moment: what was acknowledged is there, in order, nothing twice, nothing half`, async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = seededRandom(SEED);
  const path = join(temporaryFolder(t).path, 'spool.sqlite');
  const place = { path, maxBytes: 1e9, maxAgeMs: 1e12 };
  let there: number[] = [];
  let newest = 0;
  let acknowledged = 0;
  for (let life = 1; life <= KILLS; life++) {
    const said = await writeAndKill(path, life, random);
    acknowledged += said.filter((line) => line.endsWith(' ok')).length;
    const store = createSpoolStore(place);
    const batch = store.oldest(1e9, Date.now());
    const found = readBlocks(batch?.lines ?? new Uint8Array(0));
    const allowed = follow(there, said);
    assert.ok(
      allowed.some((blocks) => blocks.join() === found.join()),
      `life ${life}: found ${found}, expected ${allowed.join(' or ')}, after ${said.slice(-3)}`,
    );
    newest = Math.max(
      newest,
      found.at(-1) ?? 0,
      ...said.filter((line) => /^\+.* ok$/.test(line)).map(Number.parseFloat),
    );
    const [mark] = store.loadMarks(Date.now());
    assert.equal(Number(mark?.cursor.get('/') ?? 0), newest, 'the cursor stands where the newest block does');
    assert.equal(store.takeState().setAside.length, 0);
    store.close();
    there = found;
  }
  t.diagnostic(`${acknowledged} calls were acknowledged`);
  assert.ok(acknowledged > KILLS, `${acknowledged} acknowledged calls`);
});

test('a file that another process has is refused, and free as soon as that is killed', async (t) => {
  const path = join(temporaryFolder(t).path, 'spool.sqlite');
  const writer = spawn(process.execPath, [WRITER, path, '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => writer.kill('SIGKILL'));
  for await (const text of writer.stdout.iterator({ destroyOnReturn: false })) if (`${text}`.includes('ok')) break;
  writer.stdout.resume();
  const store = createSpoolStore({ path, maxBytes: 1e9, maxAgeMs: 1e12 });
  t.after(() => store.close());
  assert.throws(() => store.open(Date.now()), {
    message: 'another process uses it: stop that one, or give each process a file of its own',
  });
  writer.kill('SIGKILL');
  await once(writer, 'close');
  store.open(Date.now());
  assert.deepEqual(store.takeState().setAside, []);
});
