import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { createTaskProber } from '../https/taskProber.ts';
import type { Credential } from '../model/credential.ts';
import type { LaneMessage, ResultsMessage } from '../model/laneMessage.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { packResult } from '../model/resultRow.ts';
import { formatTarget } from '../model/target.ts';
import { unpackTask } from '../model/taskRow.ts';

const prober = createTaskProber(workerData as Credential);

/** How long results that nobody waits for are kept for others: a message for each costs the main thread more than all else of a ping. */
const PATIENCE_MS = 200;
/** Scheduled pings start in steps of this, so that a timer starts several; more at once would wait for each other's handshakes. */
const STEP_MS = 10;
/**
 * A scheduled ping that is later than this was held up with all the others (a stopped process): all at once they would be a burst. Less than the 5 s
 * after which the main thread takes a thread with an unanswered ping for stuck.
 */
const MAX_LATE_MS = 3_000;

interface Patient {
  task: PingTask;
  /** What starts it; null: it is started. */
  timer: NodeJS.Timeout | null;
}

/**
 * Thread entry: serves pings over the port until it is closed. Requests come, and results go, in batches: what is finished in one turn of
 * the event loop goes in one message, and with it what has waited.
 */
export default async function dipsPing(port: MessagePort): Promise<void> {
  let outbox = emptyOutbox();
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  /** Scheduled pings for which nobody waits. */
  const patient = new Map<number, Patient>();

  function flush(): void {
    clearTimeout(later);
    port.postMessage(outbox);
    outbox = emptyOutbox();
    soon = undefined;
    later = undefined;
  }

  function answer(id: number, result: ProbeResult): void {
    outbox.ids.push(id);
    outbox.rows.push(packResult(result));
    if (!patient.delete(id)) soon ??= setImmediate(flush);
    else if (soon === undefined) later ??= setTimeout(flush, PATIENCE_MS);
  }

  function start(id: number, task: PingTask): void {
    void prober.probe(task).then((result) => answer(id, result));
  }

  function wait(id: number, task: PingTask, startInMs: number): void {
    const waitMs = Math.floor(startInMs / STEP_MS) * STEP_MS;
    const startsAtMs = performance.now() + waitMs;
    const begin = () => {
      patient.set(id, { task, timer: null });
      const lateMs = performance.now() - startsAtMs;
      if (lateMs <= MAX_LATE_MS) start(id, task);
      else answer(id, heldUp(task, lateMs));
    };
    patient.set(id, { task, timer: setTimeout(begin, waitMs) });
  }

  function hurry(id: number): void {
    const waiting = patient.get(id);
    patient.delete(id);
    // Its result waits for others, or is on its way.
    if (waiting === undefined && outbox.ids.length > 0) soon ??= setImmediate(flush);
    if (!waiting?.timer) return;
    clearTimeout(waiting.timer);
    start(id, waiting.task);
  }

  port.on('message', ({ requests, hurried }: LaneMessage) => {
    for (const row of requests) {
      const [id] = row;
      const task = unpackTask(row);
      if (task.startInMs === undefined) start(id, task);
      else wait(id, task, task.startInMs);
    }
    for (const id of hurried) hurry(id);
  });
  await once(port, 'close');
}

function emptyOutbox(): ResultsMessage {
  return { ids: [], rows: [] };
}

function heldUp({ target }: PingTask, lateMs: number): ProbeResult {
  const detail = `the prober stood still for ${Math.round(lateMs)} ms when it was due; this says nothing of the service`;
  return failedBeforeConnect(formatTarget(target), 'overload', detail);
}
