import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HistoryError, type HistoryPool, startHistoryPool } from '../../src/engine/historyPool.ts';
import type { HistoryEntry } from '../../src/model/targetState.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

const TARGET = 'dips://a.example.org:9135/DataManagement/FileCatalog';
const ALL = { sinceMs: 0, limit: 1000 };

function entry(atMs: number): HistoryEntry {
  return { target: TARGET, atMs, ok: true, reason: null, detail: null, totalMs: 1 };
}

async function startPool(t: TestContext, over: { path?: string; maxAgeMs?: number } = {}) {
  const told: string[] = [];
  const log = {
    warn: ({ detail }: { detail: string }, message: string) => told.push(`${message}: ${detail}`),
    info: (_: object, message: string) => told.push(message),
  };
  const path = over.path ?? join(temporaryFolder(t).path, 'history.sqlite');
  const pool = await startHistoryPool({ path, maxAgeMs: 1e12, maxRows: 100_000, log, ...over });
  t.after(() => pool.close());
  return { pool, path, told };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !holds(); turn++) await delay(50);
  assert.ok(holds(), `${holds} within 10 s`);
}

function sum({ counts: { stored, dropped, kept } }: HistoryPool): number {
  return stored + dropped + kept;
}

test('stores what is handed over, by and by, and answers', async (t) => {
  const { pool, told } = await startPool(t);
  for (const atMs of [1, 2]) pool.append(entry(atMs));
  pool.appendTransition({ target: TARGET, from: null, to: 'up', atMs: 1, reason: null, detail: null });
  assert.deepEqual(pool.counts, { stored: 0, dropped: 0, kept: 3 });
  await until(() => pool.counts.stored === 3);
  assert.deepEqual(pool.counts, { stored: 3, dropped: 0, kept: 0 });
  const { entries, transitions } = await pool.query(TARGET, ALL);
  assert.deepEqual([entries, transitions.length], [[entry(2), entry(1)], 1]);
  assert.deepEqual(told, []);
});

test('a full batch does not wait for its second; the end stores the rest', async (t) => {
  const { pool, path } = await startPool(t);
  for (let atMs = 1; atMs <= 2_500; atMs++) pool.append(entry(atMs));
  await pool.close();
  assert.deepEqual(pool.counts, { stored: 2_500, dropped: 0, kept: 0 });
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  assert.equal(database.prepare('SELECT count(*) AS n FROM result').get()?.n, 2_500);
});

test('a file that cannot be used is said at the start', async (t) => {
  const folder = temporaryFolder(t);
  const path = folder.write('junk.sqlite', 'x'.repeat(5_000));
  await assert.rejects(startPool(t, { path }), (error: Error) => {
    assert.ok(error instanceof HistoryError);
    assert.equal(error.message, `${path} cannot be used: file is not a database`);
    return true;
  });
  const locked = join(folder.path, 'locked.sqlite');
  const other = new DatabaseSync(locked);
  t.after(() => other.close());
  other.exec('BEGIN EXCLUSIVE');
  await assert.rejects(startPool(t, { path: locked }), { message: `${locked} cannot be used: database is locked` });
});

test('a file that another process holds costs what came meanwhile, counted and told once', async (t) => {
  const { pool, path, told } = await startPool(t);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  pool.append(entry(1));
  await until(() => pool.counts.dropped === 1);
  for (let atMs = 2; atMs <= 30_000; atMs++) pool.append(entry(atMs));
  assert.equal(pool.counts.kept, 20_000, 'what waits is bounded');
  assert.equal(sum(pool), 30_000);
  assert.deepEqual((await pool.query(TARGET, ALL)).entries, [], 'it can be read meanwhile');
  await until(() => pool.counts.kept === 0);
  assert.deepEqual(told, ['history cannot be stored: database is locked']);
  other.exec('COMMIT');
  pool.append(entry(40_000));
  await until(() => pool.counts.stored === 1);
  assert.deepEqual((await pool.query(TARGET, ALL)).entries, [entry(40_000)]);
  assert.deepEqual(told, ['history cannot be stored: database is locked', 'history is stored again']);
});

/** A history of one entry in which the root page of this table or index is junk, as a bad disk leaves it. */
async function damagedFile(t: TestContext, name: string): Promise<string> {
  const { pool, path } = await startPool(t);
  pool.append(entry(1));
  await pool.close();
  const database = new DatabaseSync(path);
  const { rootpage } = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name) as never;
  const { page_size } = database.prepare('PRAGMA page_size').get() as never;
  database.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(page_size, 0xff), 0, page_size, (rootpage - 1) * page_size);
  closeSync(file);
  return path;
}

test('a file that is damaged where opening looks is said at the start', async (t) => {
  const path = await damagedFile(t, 'target');
  await assert.rejects(startPool(t, { path }), {
    message: `${path} cannot be used: database disk image is malformed`,
  });
});

test('a file that turns out to be damaged costs what does not fit in, never the process', async (t) => {
  const path = await damagedFile(t, 'transition_by_target');
  const { pool, told } = await startPool(t, { path });
  pool.appendTransition({ target: TARGET, from: null, to: 'up', atMs: 1, reason: null, detail: null });
  await until(() => pool.counts.kept === 0);
  assert.deepEqual(pool.counts, { stored: 0, dropped: 1, kept: 0 });
  assert.deepEqual(told, ['history cannot be stored: database disk image is malformed']);
  await assert.rejects(pool.query(TARGET, ALL), { name: 'HistoryError', message: /malformed/ });
  pool.append(entry(2));
  await until(() => pool.counts.stored === 1);
});

test('queries are bounded, and take no place from what is to be stored', async (t) => {
  const { pool } = await startPool(t);
  const asked = Array.from({ length: 40 }, () => pool.query(TARGET, ALL));
  for (let atMs = 1; atMs <= 1_000; atMs++) pool.append(entry(atMs));
  const answers = await Promise.allSettled(asked);
  const refused = answers.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 8);
  assert.match(String((refused[0] as PromiseRejectedResult).reason), /^HistoryError: 32 queries are under way/);
  await until(() => pool.counts.stored === 1_000);
  await pool.query(TARGET, ALL);
  await pool.close();
  pool.append(entry(1_001));
  assert.deepEqual(
    pool.counts,
    { stored: 1_000, dropped: 1, kept: 0 },
    'what comes after the end is lost, and counted',
  );
});

test('what is too old is deleted in the background', { timeout: 60_000 }, async (t) => {
  const { pool } = await startPool(t, { maxAgeMs: 60_000 });
  const nowMs = Date.now();
  for (let at = 1; at <= 3_000; at++) pool.append(entry(nowMs - 120_000 + at));
  pool.append(entry(nowMs));
  await until(() => pool.counts.stored === 3_001);
  let left = 3_001;
  for (let turn = 0; turn < 100 && left > 1; turn++) {
    left = (await pool.query(TARGET, { sinceMs: 0, limit: 5_000 })).entries.length;
    await delay(200);
  }
  assert.equal(left, 1);
});
