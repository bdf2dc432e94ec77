import assert from 'node:assert/strict';
import { appendFileSync, closeSync, copyFileSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CursorMark, LineBlock } from '../../src/model/lineBlock.ts';
import { openSpoolFile } from '../../src/store/spoolFile.ts';
import { createSpoolStore } from '../../src/store/spoolStore.ts';
import { seededRandom } from '../dips/pieces.ts';
import { createSpoolModel } from './spoolModel.ts';

const MAX_BYTES = 40_000;
const MAX_AGE_MS = 100_000;
const MAX_STEPS = 20;
const SECTOR_BYTES = 512;
const MAX_BAD_SECTORS = 40;

/**
 * One random life of a spool, which must be as its model after each step. `folder`: for its files. Adds what it did to `done`.
 * Throws AssertionError where the two differ.
 */
export function runSequence(seed: number, folder: string, done: Map<string, number>): void {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  let life = 0;
  const newPlace = () => ({
    path: join(folder, `${seed}-${life++}.sqlite`),
    maxBytes: MAX_BYTES,
    maxAgeMs: MAX_AGE_MS,
  });
  let place = newPlace();
  const model = createSpoolModel(place);
  let opened: DatabaseSync | null = null;
  const newStore = () =>
    createSpoolStore(place, (path) => {
      opened = openSpoolFile(path);
      return opened;
    });
  let store = newStore();
  let nowMs = 1_795_000_000_000;
  let dropped = 0;
  let upToId = 0;
  let isJustOpened = true;
  let blocks = 0;

  /** Makes the call; what it came to is checked by `then`, after a file that was put aside meanwhile is. */
  function call<Result>(perform: () => Result, then: (result: Result) => void): void {
    let result: { value: Result } | { error: unknown };
    try {
      result = { value: perform() };
    } catch (error) {
      result = { error };
    }
    const state = store.takeState();
    dropped += state.dropped;
    if (state.setAside.length > 0) {
      count('put aside');
      model.checkAside(state, isJustOpened);
    }
    isJustOpened = false;
    if ('error' in result) throw result.error;
    then(result.value);
    model.check(state, dropped);
  }

  function count(what: string): void {
    done.set(what, (done.get(what) ?? 0) + 1);
  }

  const marks = (): CursorMark[] =>
    Array.from({ length: below(3) }, () => ({
      node: `node-${below(4)}`,
      source: random() < 0.5 ? 'docker' : 'machine',
      cursor: new Map(
        Array.from({ length: below(4) }, (_, at) => [`/docker/${at}`, BigInt(nowMs) * 1_000_000n + BigInt(below(1e6))]),
      ),
    }));

  function block(): LineBlock {
    const points = random() < 0.05 ? 0 : 1 + below(random() < 0.2 ? 1_800 : 100);
    const text = Array.from(
      { length: points },
      () => `cpu,block=${blocks} total=${below(2 ** 31)}i ${nowMs + below(1e6)}\n`,
    ).join('');
    blocks++;
    return { lines: Buffer.from(text), points, marks: marks() };
  }

  const steps: Record<string, () => void> = {
    append: () => {
      const next = block();
      if (model.fits(next))
        call(
          () => store.append(next, nowMs),
          () => model.append(next, nowMs),
        );
      else
        assert.throws(
          () =>
            call(
              () => store.append(next, nowMs),
              () => {},
            ),
          /which is over the limit of 40000/,
        );
    },
    oldest: () => {
      const maxBytes = below(60_000);
      call(
        () => store.oldest(maxBytes, nowMs),
        (batch) => {
          upToId = batch?.upToId ?? 0;
          model.checkOldest(batch, maxBytes);
        },
      );
    },
    // Accepted or rejected, it goes.
    remove: () => call(() => store.remove(upToId, nowMs), model.checkRemoved),
    saveMarks: () => {
      const some = marks();
      call(
        () => store.saveMarks(some, nowMs),
        () => model.save(some, nowMs),
      );
    },
    loadMarks: () => call(() => store.loadMarks(nowMs), model.checkMarks),
    prune: () =>
      call(
        () => store.prune(nowMs),
        () => model.prune(nowMs),
      ),
    time: () => {
      nowMs += random() < 0.05 ? 8 * 86_400_000 : below(MAX_AGE_MS / 2);
    },
    reopen: () => {
      store.close();
      store = newStore();
      begin();
    },
    crash: () => {
      const left = place;
      place = newPlace();
      for (const part of ['', '-wal']) {
        if (existsSync(left.path + part)) copyFileSync(left.path + part, place.path + part);
      }
      // What was being written and was not acknowledged.
      const torn = Buffer.from(Array.from({ length: below(6_000) }, () => below(256)));
      if (existsSync(`${place.path}-wal`) && random() < 0.5) appendFileSync(`${place.path}-wal`, torn);
      store.close();
      store = newStore();
      begin();
    },
    corrupt: () => {
      const isOpen = random() < 0.3;
      if (!isOpen) store.close();
      damage(place.path);
      model.damage();
      if (isOpen) return;
      store = newStore();
      begin();
    },
    quota: () => withQuota(below(2)),
  };

  /** What the model knows of the file must be there; nothing is known of what was given before. */
  function begin(): void {
    upToId = 0;
    isJustOpened = true;
    model.forgetGiven();
    call(
      () => store.open(nowMs),
      () => {},
    );
  }

  /** Junk in some sectors of the file that follow each other, as a bad disk has it. */
  function damage(path: string): void {
    const sectors = Math.floor((existsSync(path) ? statSync(path).size : 0) / SECTOR_BYTES);
    if (sectors === 0) return;
    const first = below(sectors);
    const junk = Buffer.alloc((1 + below(Math.min(MAX_BAD_SECTORS, sectors - first))) * SECTOR_BYTES);
    const isZero = random() < 0.5;
    for (let at = 0; at < junk.length && !isZero; at++) junk[at] = below(256);
    const file = openSync(path, 'r+');
    writeSync(file, junk, 0, junk.length, first * SECTOR_BYTES);
    closeSync(file);
  }

  /** Appends on a disk that is full after `pages` more; each is there wholly or not at all. */
  function withQuota(pages: number): void {
    call(
      () => store.open(nowMs),
      () => {},
    );
    const database = opened as unknown as DatabaseSync;
    const { page_count: size } = database.prepare('PRAGMA page_count').get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${size + pages}`);
    for (let turn = 0; turn < 4; turn++) {
      const next = block();
      if (!model.fits(next)) continue;
      try {
        call(
          () => store.append(next, nowMs),
          () => model.append(next, nowMs),
        );
      } catch (error) {
        if ((error as { errcode?: number }).errcode !== 13) throw error;
        count('full');
      }
      steps.oldest?.();
    }
    (opened as unknown as DatabaseSync).exec('PRAGMA max_page_count = 1000000');
  }

  const often = [
    'append',
    'append',
    'append',
    'append',
    'append',
    'oldest',
    'oldest',
    'remove',
    'remove',
    'saveMarks',
    'loadMarks',
    'prune',
    'time',
    'reopen',
    'crash',
    'quota',
  ];
  for (let left = 1 + below(MAX_STEPS); left > 0; left--) {
    const name = random() < 0.03 ? 'corrupt' : (often[below(often.length)] as string);
    count(name);
    steps[name]?.();
  }
  store.close();
}
