/*
 * A process that appends to a spool and removes from it until it is killed. It says what it does on stdout, a line each, before and
 * after: `+7` appends block 7, `+7 ok` it is acknowledged; `-3`, `-3 ok` the same of removing all up to block 3.
 */
import { writeSync } from 'node:fs';
import { openSpoolFile } from '../../src/store/spoolFile.ts';
import { createSpoolStore } from '../../src/store/spoolStore.ts';
import { blockOf, readBlocks } from './numberedBlocks.ts';

const [path = '', seed = '0'] = process.argv.slice(2);
const store = createSpoolStore({ path, maxBytes: 1e9, maxAgeMs: 1e12 }, (file) => {
  const database = openSpoolFile(file);
  // So that many kills meet a checkpoint, which is rare otherwise.
  database.exec('PRAGMA wal_autocheckpoint = 50');
  return database;
});
const say = (text: string) => writeSync(1, `${text}\n`);

let number = Number(seed) * 1_000_000;
for (;;) {
  number++;
  say(`+${number}`);
  store.append(blockOf(number), Date.now());
  say(`+${number} ok`);
  if (number % 4 !== 0) continue;
  const batch = store.oldest(60_000, Date.now());
  if (!batch) throw new Error('nothing is there');
  const last = readBlocks(batch.lines).at(-1);
  say(`-${last}`);
  store.remove(batch.upToId, Date.now());
  say(`-${last} ok`);
}
