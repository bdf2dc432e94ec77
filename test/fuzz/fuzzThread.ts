import { workerData } from 'node:worker_threads';
import { check } from './checks.ts';
import { fuzzInput } from './inputs.ts';

/** What the test gives its thread. `turn` is shared: it says where the thread is when it hangs or runs out of memory. */
export interface FuzzStart {
  seed: number;
  forMs: number;
  turn: Int32Array<SharedArrayBuffer>;
}

/** Checks one input after the other until the time is over; the first that fails ends the thread with its error. */
const { seed, forMs, turn } = workerData as FuzzStart;
const end = performance.now() + forMs;
while (performance.now() < end) {
  const { random, ...input } = fuzzInput(seed, Atomics.load(turn, 0));
  check(input, random);
  Atomics.add(turn, 0, 1);
}
