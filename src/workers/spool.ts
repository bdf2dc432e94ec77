/** Thread entry of the spool: SQLite waits for the disk here, and never on the main thread. Never throws. */
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { errorText } from '../model/errorText.ts';
import type { SpooledBatch } from '../model/spool.ts';
import type { SpoolPlace, SpoolReply, SpoolTask } from '../model/spoolTask.ts';
import { createSpoolStore } from '../store/spoolStore.ts';

const store = createSpoolStore(workerData as SpoolPlace);

export default function spool(task: SpoolTask): SpoolReply {
  try {
    const found = perform(task, Date.now());
    const reply: SpoolReply = { ok: true, ...found, state: store.takeState() };
    return found.batch ? moved(reply, found.batch) : reply;
  } catch (error) {
    return { ok: false, detail: errorText(error), state: store.takeState() };
  }
}

type Found = Omit<Extract<SpoolReply, { ok: true }>, 'ok' | 'state'>;

function perform(task: SpoolTask, nowMs: number): Found {
  switch (task.kind) {
    case 'open':
      store.open(nowMs);
      return {};
    case 'append':
      store.append(task.block, nowMs);
      return {};
    case 'oldest':
      return { batch: store.oldest(task.maxBytes, nowMs) };
    case 'remove':
      return { points: store.remove(task.upToId, nowMs) };
    case 'saveMarks':
      store.saveMarks(task.marks, nowMs);
      return {};
    case 'loadMarks':
      return { marks: store.loadMarks(nowMs) };
    case 'prune':
      store.prune(nowMs);
      return {};
    case 'close':
      store.close();
      return {};
  }
}

/** Lets piscina transfer the lines instead of copying them. */
function moved(reply: SpoolReply, batch: SpooledBatch): SpoolReply {
  const wrapped = { [transferableSymbol]: [batch.lines.buffer], [valueSymbol]: reply };
  return move(wrapped as unknown as Parameters<typeof move>[0]) as unknown as SpoolReply;
}
