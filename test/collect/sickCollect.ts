import type { CollectTask } from '../../src/cadvisor/collectTask.ts';
import cadvisorParse from '../../src/workers/cadvisorParse.ts';
import { CRASH_MS, STAND_STILL_MS } from './sickTimeouts.ts';

/** The collecting thread as it is, but for rounds with such a deadline. */
export default function sickCollect(task: CollectTask): ReturnType<typeof cadvisorParse> {
  const isFirstOfRound = task.source === 'docker';
  if (task.timeoutMs === CRASH_MS && isFirstOfRound) setImmediate(throwIt);
  if (task.timeoutMs === STAND_STILL_MS && isFirstOfRound) for (;;);
  return cadvisorParse(task);
}

function throwIt(): never {
  throw new Error('an uncaught error in the collecting thread');
}
