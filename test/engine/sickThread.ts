import type { MessagePort } from 'node:worker_threads';
import type { LaneMessage } from '../../src/model/laneMessage.ts';
import { unpackTask } from '../../src/model/taskRow.ts';
import dipsPing from '../../src/workers/dipsPing.ts';

/** Of the first try of `Sick/CrashOnce`; a second one has less. */
export const FIRST_TRY_MS = 10_000;

/** The ping thread as it is, but for services whose ping does to it what none should: an uncaught error, a leak, and a loop without an end. */
export default function sickThread(port: MessagePort): Promise<void> {
  port.on('message', ({ requests }: LaneMessage) => {
    for (const task of requests.map(unpackTask)) {
      const isFirstTry = task.timeoutMs === FIRST_TRY_MS;
      if (task.target.service === 'Sick/Crash') setImmediate(throwIt);
      if (task.target.service === 'Sick/CrashOnce' && isFirstTry) setImmediate(throwIt);
      if (task.target.service === 'Sick/LeakOnce' && isFirstTry) leak(() => new Array(1_000).fill(kept.length));
      if (task.target.service === 'Sick/LeakBuffersOnce' && isFirstTry) leak(() => Buffer.alloc(100_000));
      if (task.target.service === 'Sick/Stuck') for (;;);
      // As a process that was stopped: it goes on, but all its timers are late.
      if (task.target.service === 'Sick/Stopped') setImmediate(standStill);
    }
  });
  return dipsPing(port);
}

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_500);
}

function throwIt(): never {
  throw new Error('an uncaught error in the ping thread');
}

const kept: unknown[] = [];

/** A hundred things in each turn of the event loop, until the thread is ended for it. */
function leak(make: () => unknown): void {
  for (let each = 0; each < 100; each++) kept.push(make());
  setImmediate(leak, make);
}
