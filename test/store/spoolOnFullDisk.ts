/*
 * For a disk of a few MB of its own, the folder given: fills it up with a file, sees how the spool fails, makes room and sees how it
 * works again. Says on stdout what it found; exit 1 where the spool is not as it should be.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSpoolPool } from '../../src/engine/spoolPool.ts';
import { blockOf, readBlocks } from './numberedBlocks.ts';

const [folder = ''] = process.argv.slice(2);
const ballast = join(folder, 'ballast');
writeFileSync(ballast, new Uint8Array(1_500_000));
const spool = await startSpoolPool({
  path: join(folder, 'spool.sqlite'),
  maxBytes: 1e9,
  maxAgeMs: 1e12,
  log: { warn: (fields, message) => console.log(`${message}: ${fields.detail}`) },
});

const stored: number[] = [];
let failed = 0;
for (let number = 1; failed < 20; number++) {
  const outcome = await spool.append(blockOf(number));
  if (outcome.ok) stored.push(number);
  else failed++;
}
const points = () => stored.reduce((sum, number) => sum + blockOf(number).points, 0);
assert.ok(stored.length > 10);
assert.equal(spool.counts.kept, points());
assert.deepEqual(readBlocks((await spool.oldest(1e9))?.lines ?? new Uint8Array(0)), stored, 'it can be read meanwhile');

rmSync(ballast);
for (const number of [10_001, 10_002]) {
  assert.deepEqual(await spool.append(blockOf(number)), { ok: true });
  stored.push(number);
}
const batch = await spool.oldest(1e9);
assert.deepEqual(readBlocks(batch?.lines ?? new Uint8Array(0)), stored);
assert.equal(await spool.remove(batch?.upToId ?? 0), points());
assert.deepEqual(spool.counts, { found: 0, kept: 0, keptBytes: 0, dropped: 0, setAside: 0 });
await spool.close();
console.log(`${failed} failed`);
