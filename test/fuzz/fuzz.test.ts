import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { FuzzStart } from './fuzzThread.ts';
import { fuzzInput } from './inputs.ts';

const SEED = Number(process.env.DIPS_PROBE_FUZZ_SEED ?? 20_261_124);
const SECONDS = Number(process.env.DIPS_PROBE_FUZZ_SECONDS ?? 3);
/** Each input is done in a few milliseconds; a thread that stays at one this long is in an endless loop. */
const STALLED_MS = 15_000;
/** The thread's heap with all recordings loaded is 20 MB. */
const MAX_HEAP_MB = 96;

test(`no bytes of a service do more than fail a ping (seed ${SEED}, ${SECONDS} s)`, async (t) => {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const fault = await runThread({ seed: SEED, forMs: SECONDS * 1000, turn });
  const turns = Atomics.load(turn, 0);
  if (fault !== null) assert.fail(`turn ${turns} of seed ${SEED}: ${fault}\n${describeInput(turns)}`);
  assert.ok(turns > 0, 'no input was checked');
  t.diagnostic(`${turns} inputs`);
});

/** What ended the thread before its time; null when nothing did. */
function runThread(start: FuzzStart): Promise<string | null> {
  const worker = new Worker(new URL('fuzzThread.ts', import.meta.url), {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Promise((resolve) => {
    let seen = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(start.turn, 0);
      if (now === seen) finish(`not done after ${STALLED_MS} ms`);
      seen = now;
    }, STALLED_MS);
    worker.once('error', (error: Error) => finish(error.stack ?? error.message));
    worker.once('exit', () => finish(null));
    function finish(fault: string | null) {
      clearInterval(watch);
      resolve(fault);
      void worker.terminate();
    }
  });
}

/** The input as code, to be copied into a test. */
function describeInput(turn: number): string {
  const { session, body } = fuzzInput(SEED, turn);
  return [
    `session: Buffer.from('${session.toString('base64')}', 'base64')`,
    `body: Buffer.from('${body.toString('base64')}', 'base64')`,
  ].join('\n');
}
