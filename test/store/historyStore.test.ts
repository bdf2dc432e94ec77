import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { HistoryEntry, Transition } from '../../src/model/targetState.ts';
import { type HistoryStore, openHistoryStore } from '../../src/store/historyStore.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

const A = 'dips://a.example.org:9135/DataManagement/FileCatalog';
const B = 'dips://b.example.org:9135/DataManagement/FileCatalog';
const ALL = { sinceMs: 0, limit: 10_000 };

function entry(atMs: number, over: Partial<HistoryEntry> = {}): HistoryEntry {
  return { target: A, atMs, ok: true, reason: null, detail: null, totalMs: atMs + 0.5, ...over };
}

function transition(atMs: number, over: Partial<Transition> = {}): Transition {
  return { target: A, from: null, to: 'up', atMs, reason: null, detail: null, ...over };
}

function open(t: TestContext, { path = ':memory:', maxAgeMs = 1e9, maxRows = 1e6 } = {}): HistoryStore {
  const store = openHistoryStore({ path, maxAgeMs, maxRows });
  t.after(() => {
    try {
      store.close();
    } catch {} // closed by the test
  });
  return store;
}

/** Prunes to the end; how many steps that took. */
function pruneAll(store: HistoryStore, nowMs: number): number {
  let steps = 1;
  while (store.prune(nowMs)) steps++;
  return steps;
}

function times(store: HistoryStore, target = A): number[] {
  return store.query(target, ALL).entries.map(({ atMs }) => atMs);
}

test('gives back what was stored, newest first, of one target', (t) => {
  const store = open(t);
  const down = entry(2_000, { ok: false, reason: 'refused', detail: '10.0.0.1:9135: ECONNREFUSED' });
  const changed = transition(2_000, { from: 'up', to: 'down', reason: 'refused', detail: 'gone' });
  const slow = transition(3_000, { from: 'down', to: 'degraded', reason: 'slow', detail: '1.2 s' });
  store.append([entry(1_000), entry(1_500, { target: B }), down], [transition(1_000), changed]);
  store.append([entry(3_000)], [slow]);
  assert.deepEqual(store.query(A, ALL), {
    entries: [entry(3_000), down, entry(1_000)],
    transitions: [slow, changed, transition(1_000)],
  });
  assert.deepEqual(store.query(A, { sinceMs: 2_000, limit: 1 }).entries, [entry(3_000)]);
  assert.deepEqual(store.query(A, { sinceMs: 2_000, limit: 9 }).transitions, [slow, changed]);
  assert.deepEqual(times(store, B), [1_500]);
  assert.deepEqual(store.query('dips://never:1/A/B', ALL), { entries: [], transitions: [] });
});

test('goes on where an earlier process was, and forgets targets of which nothing is left', (t) => {
  const path = join(temporaryFolder(t).path, 'history.sqlite');
  const first = open(t, { path });
  first.append([entry(1_000), entry(9_000, { target: B })], []);
  first.close();
  const second = open(t, { path, maxAgeMs: 1_000 });
  pruneAll(second, 9_500);
  assert.deepEqual([times(second), times(second, B)], [[], [9_000]]);
  second.close();
  const third = open(t, { path });
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  assert.deepEqual(
    database
      .prepare('SELECT url FROM target')
      .all()
      .map(({ url }) => url),
    [B],
  );
  third.append([entry(10_000)], []);
  assert.deepEqual(times(third), [10_000]);
});

test('bounded by rows, the oldest out, in steps', (t) => {
  const store = open(t, { maxRows: 10 });
  store.append(
    Array.from({ length: 3_500 }, (_, at) => entry(at)),
    Array.from({ length: 12 }, (_, at) => transition(at)),
  );
  assert.ok(pruneAll(store, 0) >= 4, 'several steps');
  assert.deepEqual(times(store), [3499, 3498, 3497, 3496, 3495, 3494, 3493, 3492, 3491, 3490]);
  assert.equal(store.query(A, ALL).transitions.length, 10);
});

test('bounded by age, in steps', (t) => {
  const store = open(t, { maxAgeMs: 5 });
  store.append(
    Array.from({ length: 2_500 }, (_, at) => entry(at)),
    [transition(1), transition(2_498)],
  );
  assert.ok(pruneAll(store, 2_500) >= 3, 'several steps');
  assert.deepEqual(times(store), [2499, 2498, 2497, 2496, 2495]);
  assert.deepEqual(store.query(A, ALL).transitions, [transition(2_498)]);
});

test('a batch is stored as a whole or not at all, and the next one is', (t) => {
  const store = open(t);
  const unfit = entry(2, { target: B, totalMs: Symbol('no number') as never });
  assert.throws(() => store.append([entry(1), unfit], []));
  assert.deepEqual([times(store), times(store, B)], [[], []]);
  store.append([entry(3), entry(4, { target: B })], []);
  assert.deepEqual([times(store), times(store, B)], [[3], [4]]);
});

test('what is no history, or not for us, is refused and left as it is', (t) => {
  const folder = temporaryFolder(t);
  const junk = folder.write('junk.sqlite', 'no database at all, but long enough to be one'.repeat(100));
  assert.throws(() => openHistoryStore({ path: junk, maxAgeMs: 1, maxRows: 1 }), /file is not a database/);
  const newer = join(folder.path, 'newer.sqlite');
  const database = new DatabaseSync(newer);
  database.exec('PRAGMA user_version = 7');
  database.close();
  assert.throws(
    () => openHistoryStore({ path: newer, maxAgeMs: 1, maxRows: 1 }),
    /made by a newer dips-probe \(version 7, expected 1\)/,
  );
  const absent = join(folder.path, 'absent', 'history.sqlite');
  assert.throws(() => openHistoryStore({ path: absent, maxAgeMs: 1, maxRows: 1 }), /unable to open database file/);
});
