import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSequence } from './spoolSequence.ts';

/*
 * Random lives of a spool beside its model. DIPS_PROBE_SPOOL_SEQUENCES says how many, DIPS_PROBE_SPOOL_SEED with which seed the first
 * one is; each has the next. 10,000 take a minute of CPU.
 */
const SEQUENCES = Number(process.env.DIPS_PROBE_SPOOL_SEQUENCES ?? 1_500);
const SEED = Number(process.env.DIPS_PROBE_SPOOL_SEED ?? 20_261_124);

/** In memory where there is such a place: what is tried here is not the disk. */
const ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

test(`${SEQUENCES} random lives of a spool are as its model has them`, (t) => {
  const root = mkdtempSync(join(ROOT, 'dips-probe-'));
  t.after(() => rmSync(root, { recursive: true }));
  const done = new Map<string, number>();
  for (let turn = 0; turn < SEQUENCES; turn++) {
    const seed = SEED + turn;
    try {
      runSequence(seed, root, done);
    } catch (error) {
      throw new Error(`seed ${seed}: DIPS_PROBE_SPOOL_SEED=${seed} DIPS_PROBE_SPOOL_SEQUENCES=1 shows it again`, {
        cause: error,
      });
    }
    for (const name of readdirSync(root)) rmSync(join(root, name));
  }
  t.diagnostic(`seeds ${SEED} to ${SEED + SEQUENCES - 1}: ${JSON.stringify(Object.fromEntries(done))}`);
  for (const what of ['append', 'remove', 'crash', 'corrupt', 'put aside', 'full']) {
    assert.ok(SEQUENCES < 1_000 || (done.get(what) ?? 0) > 0, `${what}: tried`);
  }
});
