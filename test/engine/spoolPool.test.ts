import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { SpoolError, startSpoolPool } from '../../src/engine/spoolPool.ts';
import type { CursorMark, LineBlock } from '../../src/model/lineBlock.ts';
import type { SpoolPlace } from '../../src/model/spoolTask.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

const SLOW_POINTS = 13;

/** Lines that say which block they are of. */
function block(name: string, points = 2, marks: CursorMark[] = []): LineBlock {
  const text = Array.from({ length: points }, (_, at) => `cpu,host=${name} total=${at}i 1\n`).join('');
  return { lines: Buffer.from(text), points, marks };
}

function mark(node: string, ns: bigint): CursorMark {
  return { node, source: 'docker', cursor: new Map([['/docker/a "b"\n', ns]]) };
}

async function startSpool(
  t: TestContext,
  over: Partial<SpoolPlace> = {},
  rig: { entry?: string; deadlineMs?: number } = {},
) {
  const told: string[] = [];
  const log = {
    warn: ({ points, detail }: { points: number; detail?: string }, message: string) =>
      told.push(`${message} (${[points, detail].join(' ')})`),
  };
  const path = over.path ?? join(temporaryFolder(t).path, 'spool.sqlite');
  const spool = await startSpoolPool({ path, maxBytes: 1e8, maxAgeMs: 1e12, log, ...over }, rig);
  t.after(() => spool.close());
  return { spool, path, told };
}

function textOf(batch: { lines: Uint8Array } | null): string {
  return Buffer.from(batch?.lines ?? []).toString();
}

test('first in, first out: what was appended comes back joined, and goes when it is removed', async (t) => {
  const { spool, told } = await startSpool(t);
  const blocks = ['a', 'b', 'c'].map((name) => block(name));
  for (const each of blocks) assert.deepEqual(await spool.append(each), { ok: true });
  const lines = blocks.map(textOf);
  assert.ok(
    lines.every((text) => text !== ''),
    'the caller has its lines still',
  );
  const two = await spool.oldest((lines[0]?.length ?? 0) * 2);
  assert.deepEqual([textOf(two), two?.points], [lines.slice(0, 2).join(''), 4]);
  assert.equal(textOf(await spool.oldest(1)), lines[0], 'at least one block');
  assert.equal(await spool.remove(two?.upToId ?? -1), 4);
  assert.equal(await spool.remove(two?.upToId ?? -1), 0, 'nothing twice');
  const last = await spool.oldest(1e6);
  assert.deepEqual([textOf(last), last?.points], [lines[2], 2]);
  assert.equal(await spool.remove(last?.upToId ?? -1), 2);
  assert.equal(await spool.oldest(1e6), null);
  assert.deepEqual(spool.counts, { found: 0, kept: 0, keptBytes: 0, dropped: 0, setAside: 0 });
  assert.deepEqual(told, []);
});

test('lines and cursors are there after a restart, to the nanosecond', async (t) => {
  const { spool, path } = await startSpool(t);
  const ns = 1_795_000_000_123_456_789n;
  await spool.append(block('a', 3, [mark('node-1:8080', 1n), mark('node-2:8080', 2n)]));
  await spool.saveMarks([mark('node-1:8080', ns)]);
  await spool.append({ lines: new Uint8Array(0), points: 0, marks: [mark('node-3:8080', 3n)] });
  await spool.close();
  await spool.close();
  assert.equal(spool.counts.kept, 3, 'it is still kept');
  assert.equal((await spool.append(block('b'))).ok, false, 'closed');

  const { spool: again } = await startSpool(t, { path });
  assert.deepEqual(again.counts, {
    found: 3,
    kept: 3,
    keptBytes: textOf(block('a', 3)).length,
    dropped: 0,
    setAside: 0,
  });
  assert.deepEqual(await again.loadMarks(), [
    mark('node-1:8080', ns),
    mark('node-2:8080', 2n),
    mark('node-3:8080', 3n),
  ]);
  assert.equal(textOf(await again.oldest(1)), textOf(block('a', 3)));
});

test('the oldest goes where the bound on bytes is reached, counted and told once', async (t) => {
  const size = textOf(block('0', 100)).length;
  // Each counts what zstd makes of it, twice; that differs by a byte or so.
  const packed = zstdCompressSync(block('0', 100).lines, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length;
  const { spool, told } = await startSpool(t, { maxBytes: 7 * packed });
  for (let at = 0; at < 10; at++) assert.deepEqual(await spool.append(block(`${at}`, 100)), { ok: true });
  assert.deepEqual(spool.counts, { found: 0, kept: 300, keptBytes: 3 * size, dropped: 700, setAside: 0 });
  const batch = await spool.oldest(1e6);
  assert.equal(textOf(batch), ['7', '8', '9'].map((name) => textOf(block(name, 100))).join(''));
  await spool.append(block('x', 100));
  assert.equal(await spool.remove(batch?.upToId ?? -1), 200, 'of the three one was dropped meanwhile');
  assert.deepEqual(told, ['the spool is full: the oldest is dropped (100 )']);
  const tooBig = await spool.append({ ...block('x'), lines: randomBytes(10_000) });
  assert.match(tooBig.ok ? '' : tooBig.detail, /^a block of \d+ bytes, which is over the limit of \d+$/);
});

test('a damaged file is put aside and told, at the start and while it is in use', async (t) => {
  const folder = temporaryFolder(t);
  const path = folder.write('spool.sqlite', 'x'.repeat(10_000));
  const { spool, told } = await startSpool(t, { path });
  assert.equal(spool.counts.setAside, 1);
  const points = 200_000;
  // More than SQLite's cache holds, which goes on serving what was damaged beneath it.
  await spool.append({ lines: randomBytes(5_000_000), points, marks: [mark('node-1', 1n)] });
  await spool.close();

  const { spool: second, told: toldSecond } = await startSpool(t, { path });
  const file = openSync(path, 'r+');
  writeSync(file, 'junk', 3_000_000);
  closeSync(file);
  assert.equal(await second.oldest(1e6), null);
  assert.deepEqual(second.counts, { found: points, kept: 0, keptBytes: 0, dropped: points, setAside: 1 });
  assert.deepEqual(await second.append(block('b')), { ok: true });
  assert.equal(textOf(await second.oldest(1e6)), textOf(block('b')));
  const message = 'the spool was damaged: it was put aside, and a new one is begun';
  assert.deepEqual(told, [`${message} (0 file is not a database)`]);
  assert.deepEqual(toldSecond, [`${message} (${points} the lines of block 1 are not as they were written)`]);
  await second.close();
  const names = readdirSync(folder.path).sort();
  assert.equal(names.length, 3);
  assert.match(names.join(' '), /^spool.sqlite( spool.sqlite.corrupt-\d{8}T\d{6}\.\d{3}Z){2}$/);
});

test('a file that is in use, of something else or cannot be made is said, and not touched', async (t) => {
  const { path } = await startSpool(t);
  const folder = temporaryFolder(t);
  const missing = join(folder.path, 'missing', 'spool.sqlite');
  const foreign = join(folder.path, 'history.sqlite');
  const newer = join(folder.path, 'newer.sqlite');
  const database = new DatabaseSync(foreign);
  database.exec('CREATE TABLE result (id INTEGER)');
  database.close();
  await (await startSpoolPool({ path: newer, maxBytes: 1e6, maxAgeMs: 1e6, log: { warn: () => {} } })).close();
  const changed = new DatabaseSync(newer);
  changed.exec('PRAGMA user_version = 2');
  changed.close();
  const faults: [path: string, fault: string][] = [
    [path, 'another process uses it: stop that one, or give each process a file of its own'],
    [missing, 'it cannot be opened: does its folder exist, and may we write there?'],
    [foreign, 'it is a database of something else: give the spool a file of its own'],
    [
      newer,
      'its layout is version 2 and this dips-probe knows version 1: use the dips-probe that made it, or move the file away',
    ],
  ];
  for (const [file, fault] of faults) {
    await assert.rejects(startSpool(t, { path: file }), (error: Error) => {
      assert.ok(error instanceof SpoolError);
      assert.equal(error.message, `the spool ${file} cannot be used: ${fault}`);
      return true;
    });
  }
  assert.deepEqual(readdirSync(folder.path).sort(), ['history.sqlite', 'newer.sqlite'], 'nothing was put aside');
});

test('a slow disk holds up nobody; what it stores late is found, and nothing is counted twice', async (t) => {
  const entry = new URL('slowSpool.ts', import.meta.url).href;
  const { spool, told, path } = await startSpool(t, {}, { entry, deadlineMs: 3_000 });
  await spool.append(block('a', 1));
  const outcomes = await Promise.all([spool.append(block('b', SLOW_POINTS)), spool.oldest(1e6), spool.remove(1)]);
  assert.deepEqual(outcomes, [{ ok: false, detail: `no answer from ${path} in 3000 ms` }, null, 0]);
  assert.equal(told.length, 3);
  for (let turn = 0; turn < 400 && spool.counts.kept !== SLOW_POINTS; turn++) await delay(50);
  assert.deepEqual(spool.counts, {
    found: SLOW_POINTS,
    kept: SLOW_POINTS,
    keptBytes: textOf(block('b', SLOW_POINTS)).length,
    dropped: 0,
    setAside: 0,
  });
  assert.equal(await spool.remove(0), 1, 'what was removed late is told with the next');
});

test('what waits for the disk is bounded by bytes', async (t) => {
  const { spool } = await startSpool(t, { maxBytes: 1e9 });
  const lines = new Uint8Array(30_000_000).fill(0x0a);
  const outcomes = await Promise.all([1, 2, 3].map((points) => spool.append({ lines, points, marks: [] })));
  assert.deepEqual(
    outcomes.map(({ ok }) => ok),
    [true, true, false],
  );
  assert.match(JSON.stringify(outcomes[2]), /60000000 bytes wait for .*, the limit is 67108864/);
  assert.deepEqual(await spool.append({ lines, points: 4, marks: [] }), { ok: true }, 'there is room again');
  assert.equal(spool.counts.kept, 7);
});
