import { setTimeout as delay } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { errorText } from '../model/errorText.ts';
import type { LineBlock } from '../model/lineBlock.ts';
import type { Spool, SpoolOutcome } from '../model/spool.ts';
import type { SpoolPlace, SpoolReply, SpoolTask } from '../model/spoolTask.ts';
import { createSpoolLedger } from './spoolLedger.ts';
import { workerUrl } from './workerUrl.ts';

/** Told of points that are lost and of files put aside; a pino logger is one. */
export interface SpoolLog {
  warn(fields: { path: string; points: number; [key: string]: unknown }, message: string): void;
}

/** The spool's file can neither be used nor put aside; `message` says why. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError';
}

/** Of lines that wait to be stored: a second or so of a slow disk. */
const MAX_WAITING_BYTES = 67_108_864;
const MAX_WAITING_TASKS = 1_000;
const PRUNE_MS = 60_000;
const DEADLINE_MS = 10_000;

/** What a call came to; without a state where the thread did not answer. */
type Answer = SpoolReply | { ok: false; detail: string };

/**
 * Opens the spool in a thread of its own. Rejects with SpoolError where its file can neither be used nor put aside. `rig`: for tests,
 * another thread and how long an answer is waited for.
 */
export async function startSpoolPool(
  { log, ...place }: SpoolPlace & { log: SpoolLog },
  rig: { entry?: string; deadlineMs?: number } = {},
): Promise<Spool> {
  const { entry = workerUrl('spool'), deadlineMs = DEADLINE_MS } = rig;
  const { path } = place;
  const pool = new Piscina({
    filename: entry,
    minThreads: 1,
    maxThreads: 1,
    maxQueue: MAX_WAITING_TASKS,
    workerData: place,
  });
  const ledger = createSpoolLedger();
  const { counts } = ledger;
  let waitingBytes = 0;
  let isDropping = false;
  let isOpen = false;
  const failing = new Set<SpoolTask['kind']>();
  let closing: Promise<void> | null = null;

  /** Answers in time, whatever the thread does; what it replies later is booked nonetheless. */
  function ask(task: SpoolTask, lines?: Uint8Array<ArrayBuffer>): Promise<Answer> {
    // Piscina would begin a thread for it.
    if (closing && task.kind !== 'close') return Promise.resolve({ ok: false, detail: `${path} is closed` });
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const bytes = lines?.length ?? 0;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve({ ok: false, detail: `no answer from ${path} in ${deadlineMs} ms` });
    }, deadlineMs);
    waitingBytes += bytes;
    pool
      .run(task, { transferList: lines ? [lines.buffer] : [] })
      .then(
        (reply: SpoolReply) => {
          ledger.book(task, reply, isLate);
          tellLost(reply);
          resolve(reply);
        },
        (error) => resolve({ ok: false, detail: errorText(error) }),
      )
      .finally(() => {
        clearTimeout(timer);
        waitingBytes -= bytes;
      });
    return promise.then((answer) => tellFailing(task, answer));
  }

  function tellLost({ state: { dropped, setAside, kept } }: SpoolReply): void {
    let overBound = dropped;
    for (const { path: aside, detail, points } of setAside) {
      overBound -= points;
      log.warn({ path, points, aside, detail }, 'the spool was damaged: it was put aside, and a new one is begun');
    }
    if (overBound > 0 && !isDropping) log.warn({ path, points: overBound }, 'the spool is full: the oldest is dropped');
    isDropping = kept > 0 && (isDropping || overBound > 0);
  }

  /** Once, until the same works again. */
  function tellFailing({ kind }: SpoolTask, answer: Answer): Answer {
    if (answer.ok) failing.delete(kind);
    else if (isOpen && !failing.has(kind)) {
      failing.add(kind);
      log.warn({ path, points: counts.kept, task: kind, detail: answer.detail }, 'the spool does not work');
    }
    return answer;
  }

  async function append(block: LineBlock): Promise<SpoolOutcome> {
    const size = block.lines.length;
    if (waitingBytes > 0 && waitingBytes + size > MAX_WAITING_BYTES) {
      return { ok: false, detail: `${waitingBytes} bytes wait for ${path}, the limit is ${MAX_WAITING_BYTES}` };
    }
    // Copied, as the caller has the lines until they are on the disk, and may have more in the same memory.
    const lines = new Uint8Array(block.lines);
    return outcome(await ask({ kind: 'append', block: { ...block, lines } }, lines));
  }

  async function close(): Promise<void> {
    clearInterval(pruning);
    isOpen = false;
    await ask({ kind: 'close' });
    // A thread that a disk holds up cannot be ended.
    await Promise.race([pool.destroy(), delay(deadlineMs, undefined, { ref: false })]);
  }

  const pruning = setInterval(() => void ask({ kind: 'prune' }), PRUNE_MS).unref();
  const opened = await ask({ kind: 'open' });
  if (!opened.ok) {
    await close();
    throw new SpoolError(`the spool ${path} cannot be used: ${opened.detail}`);
  }

  isOpen = true;
  return {
    counts,
    append,
    oldest: async (maxBytes) => {
      const answer = await ask({ kind: 'oldest', maxBytes });
      return answer.ok ? (answer.batch ?? null) : null;
    },
    remove: async (upToId) => {
      await ask({ kind: 'remove', upToId });
      return ledger.takeRemoved();
    },
    saveMarks: async (marks) => outcome(await ask({ kind: 'saveMarks', marks })),
    loadMarks: async () => {
      const answer = await ask({ kind: 'loadMarks' });
      return answer.ok ? (answer.marks ?? []) : [];
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function outcome(answer: Answer): SpoolOutcome {
  return answer.ok ? { ok: true } : { ok: false, detail: answer.detail };
}
