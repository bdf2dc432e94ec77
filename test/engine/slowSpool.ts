/** The spool's thread, but a disk that takes a while for blocks of 13 points: they are stored in the end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SpoolReply, SpoolTask } from '../../src/model/spoolTask.ts';
import spool from '../../src/workers/spool.ts';

const SLOW_POINTS = 13;
const SLOW_MS = 6_000;

export default async function slowSpool(task: SpoolTask): Promise<SpoolReply> {
  if (task.kind === 'append' && task.block.points === SLOW_POINTS) await delay(SLOW_MS);
  return spool(task);
}
