import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { LineBlock } from '../../src/model/lineBlock.ts';
import type { SpoolPlace } from '../../src/model/spoolTask.ts';
import {
  asideToDelete,
  excess,
  type KeptBlock,
  NO_BLOCKS,
  PAGE_BYTES,
  plus,
  sumsOf,
} from '../../src/store/spoolPolicy.ts';
import { createSpoolStore } from '../../src/store/spoolStore.ts';
import { seededRandom } from '../dips/pieces.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

const NOW_MS = 1_795_000_000_000;
const DAY_MS = 86_400_000;

function openStore(t: TestContext, over: Partial<SpoolPlace> = {}) {
  const folder = temporaryFolder(t).path;
  const place = { path: join(folder, 'spool.sqlite'), maxBytes: 1e8, maxAgeMs: DAY_MS, ...over };
  const store = createSpoolStore(place);
  t.after(() => store.close());
  return { store, folder, path: place.path };
}

/** Of lines that nothing can make smaller. */
function block(bytes: number, points = 1): LineBlock {
  return { lines: randomBytes(bytes), points, marks: [] };
}

const BLOCKS: KeptBlock[] = [10, 20, 30, 20].map((age, at) => ({
  id: at + 5,
  points: 1,
  bytes: 90_000,
  packedBytes: 20_000,
  atMs: 100 - age,
}));
const KEPT = BLOCKS.map(sumsOf).reduce(plus);

/** What must go of four blocks of a page and 20,000 bytes in the file; the third is the oldest by its time. */
const EXCESS: [what: string, maxBytes: number, maxAgeMs: number, incoming: number, upToId: number, points: number][] = [
  ['nothing while all fits', KEPT.cost, 1_000, 0, 0, 0],
  ['the oldest for a byte too much', KEPT.cost - 1, 1_000, 0, 5, 1],
  ['as many as the new one needs', KEPT.cost, 1_000, 40_000, 6, 2],
  ['all of them', 40_000 + PAGE_BYTES, 1_000, 40_000, 8, 4],
  ['all that is too old', KEPT.cost, 9, 0, 8, 4],
  ['a wrong time in the middle takes none before it', KEPT.cost, 25, 0, 0, 0],
  ['up to the first that is young enough', KEPT.cost, 10, 0, 0, 0],
];

for (const [what, maxBytes, maxAgeMs, incoming, upToId, points] of EXCESS) {
  test(`what must go: ${what}`, () => {
    const come = incoming === 0 ? NO_BLOCKS : sumsOf({ points: 1, bytes: 5 * incoming, packedBytes: incoming });
    const gone = excess(BLOCKS, KEPT, come, { path: '', maxBytes, maxAgeMs }, 100);
    assert.deepEqual([gone.upToId, gone.sums.points], [upToId, points]);
  });
}

test('of files put aside the newest three stay, as far as they fit', () => {
  const files = [50, 30, 30, 10].map((bytes, at) => ({ bytes, at }));
  const deleted = (maxBytes: number) => asideToDelete(files, maxBytes).map(({ at }) => at);
  assert.deepEqual(deleted(1_000), [3]);
  assert.deepEqual(deleted(80), [2, 3]);
  assert.deepEqual(deleted(10), [1, 2, 3]);
});

test('a file that is damaged again and again leaves three behind', (t) => {
  const { store, folder, path } = openStore(t);
  for (let turn = 0; turn < 6; turn++) {
    writeFileSync(path, 'x'.repeat(1_000));
    store.open(NOW_MS + Math.floor(turn / 2));
    assert.equal(store.takeState().setAside.length, 1);
    store.close();
  }
  const names = readdirSync(folder).filter((name) => name.includes('.corrupt-'));
  const ends = names.map((name) => name.slice(-4));
  assert.deepEqual(ends.sort(), ['003Z', '004Z', '005Z'], 'two at one time get names of two');
});

for (const [what, maxBytes, size] of [
  ['100 bytes', 60_000, () => 100],
  ['half a page and a bit', 1_000_000, () => PAGE_BYTES / 2 + 100],
  ['a page and a bit', 2_000_000, () => PAGE_BYTES + 100],
  ['all sizes', 24_000_000, seededSize(7)],
] as const) {
  test(`blocks of ${what}: the file stays within its bound however long it is full, and is given back when it is empty`, (t) => {
    const { store, path } = openStore(t, { maxBytes });
    let sum = 0;
    while (sum < 2 * maxBytes) {
      const next = block(size());
      sum += next.lines.length;
      store.append(next, NOW_MS);
    }
    const { dropped, kept } = store.takeState();
    assert.ok(dropped > 0 && kept > 0, 'it was full');
    const sizeOf = (part: string) => statSync(path + part).size;
    assert.ok(sizeOf('') <= maxBytes * 1.01 + 8 * PAGE_BYTES, `${sizeOf('')} bytes`);
    assert.ok(sizeOf('-wal') <= 18_000_000, `${sizeOf('-wal')} bytes of WAL`);
    const wasSmall = sizeOf('') < 20_000_000;
    store.remove(Number.MAX_SAFE_INTEGER, NOW_MS);
    assert.ok(wasSmall || sizeOf('') <= 10 * PAGE_BYTES, `${sizeOf('')} bytes when empty`);
    store.append(block(10), NOW_MS);
    assert.equal(store.takeState().kept, 1);
  });
}

function seededSize(seed: number): () => number {
  const random = seededRandom(seed);
  return () => 1 + Math.floor(random() ** 8 * 2_000_000);
}

test('age passes also where nothing is appended; cursors are forgotten after a week', (t) => {
  const { store } = openStore(t);
  store.append({ ...block(10, 3), marks: [{ node: 'a', source: 'machine', cursor: new Map() }] }, NOW_MS);
  store.append({ ...block(10, 4), marks: [{ node: 'b', source: 'machine', cursor: new Map() }] }, NOW_MS + DAY_MS);
  store.prune(NOW_MS + DAY_MS);
  assert.deepEqual(store.takeState(), { kept: 7, keptBytes: 20, dropped: 0, setAside: [] });
  store.prune(NOW_MS + DAY_MS + 1);
  assert.deepEqual(store.takeState(), { kept: 4, keptBytes: 10, dropped: 3, setAside: [] });
  const nodes = () => store.loadMarks(NOW_MS).map(({ node }) => node);
  assert.deepEqual(nodes(), ['a', 'b']);
  store.prune(NOW_MS + 7 * DAY_MS + 1);
  assert.deepEqual(nodes(), ['b']);
});

test('a batch that was taken cannot remove blocks that came into a new file', (t) => {
  const { store, path } = openStore(t);
  store.append(block(10, 3), NOW_MS);
  const upToId = store.oldest(100, NOW_MS)?.upToId ?? 0;
  store.close();
  writeFileSync(path, 'x'.repeat(1_000));
  store.append(block(10, 4), NOW_MS);
  assert.equal(store.remove(upToId, NOW_MS), 0);
  assert.deepEqual([store.takeState().dropped, store.oldest(100, NOW_MS)?.points], [3, 4]);
});

/** What a bad disk or a foreign hand may do that SQLite itself takes for right. */
const SILENT: [what: string, sql: string, detail: RegExp][] = [
  ['a changed count of points', 'UPDATE block SET points = 1000 WHERE id = 2', /block 2 is not as it was written/],
  ['a changed time', 'UPDATE block SET at_ms = 0 WHERE id = 2', /block 2 is not as it was written/],
  ['changed lines', 'UPDATE block SET packed = zeroblob(length(packed)) WHERE id = 2', /the lines of block 2 are not/],
  ['a block that is gone', 'DELETE FROM block WHERE id = 2', /block 2 is missing/],
  ['the newest block gone', 'DELETE FROM block WHERE id = 3', /the newest block is 2, expected 3/],
  ['a table that is gone', 'DROP TABLE cursor', /no such table: cursor/],
  ['a changed cursor', "UPDATE cursor SET containers = '[]'", /the cursor of "a" is not as it was written/],
];

for (const [what, sql, detail] of SILENT) {
  test(`${what} is damage`, (t) => {
    const { store, path } = openStore(t);
    const marks = [{ node: 'a', source: 'machine', cursor: new Map([['/', 1n]]) } as const];
    for (let turn = 0; turn < 3; turn++) store.append({ ...block(10, 5), marks }, NOW_MS);
    store.close();
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    assert.equal(store.oldest(100, NOW_MS)?.points ?? 0, what.endsWith('cursor') ? 15 : 0);
    assert.deepEqual(store.loadMarks(NOW_MS), []);
    const { kept, dropped, setAside } = store.takeState();
    assert.deepEqual([kept, dropped, setAside.length], [0, 15, 1]);
    assert.match(setAside[0]?.detail ?? '', detail);
    store.append(block(10), NOW_MS);
    assert.equal(store.oldest(100, NOW_MS)?.points, 1);
  });
}
