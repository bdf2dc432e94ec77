import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Credential } from '../model/credential.ts';
import type { LaneMessage, ResultsMessage } from '../model/laneMessage.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';
import { type ResultRow, unpackResult } from '../model/resultRow.ts';
import type { Target } from '../model/target.ts';
import { packTask } from '../model/taskRow.ts';

/** Why a thread is gone: it ended by itself, or it was ended because it stood still or because its memory was full. */
export type LaneFault = 'crashed' | 'stuck' | 'leaked';

/** The thread is gone, and the ping unanswered. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

/** One ping thread, and the port over which pings and results travel in batches. */
export interface PingLane {
  /** Pings that are not answered yet. */
  readonly inFlight: number;
  /** Rejects with LaneLost. */
  run(task: PingTask): Promise<ProbeResult>;
  /** Somebody waits by now for the scheduled pings of this target (the very object): they start and end without delay. */
  hurry(target: Target): void;
  /** Ends the thread if a ping has outlived its deadline by so much that only a thread that stands still explains it. */
  endIfStuck(nowMs: number): void;
  /** Ends the thread if it holds so much memory outside its heap that only a leak explains it. */
  endIfLeaking(): Promise<void>;
  /** Takes no more, and ends when all is answered. */
  leave(): Promise<void>;
  /** Ends at once; what is under way rejects. */
  close(): Promise<void>;
}

/** The thread itself answers at the deadline; its event loop is late by a garbage collection at most. */
const STUCK_AFTER_MS = 5_000;

/**
 * A ping holds some 20 kB of JS objects; a thread that fills this has a leak, and V8 ends it. The young generation (MB, three
 * spaces together) is small because what a closed connection holds outside the heap waits for its next clearing, and V8 knows nothing of that.
 * Half of it costs 100 µs a ping, four times as much gains nothing that can be told from noise.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 };
/** Of buffers, which V8's limit leaves out: as much as the heap may have. */
const MAX_EXTERNAL_BYTES = 256 * 2 ** 20;

interface Waiting {
  task: PingTask;
  giveUpAtMs: number;
  resolve(result: ProbeResult): void;
  reject(error: LaneLost): void;
}

/**
 * Starts a thread, in a piscina pool of its own so that it can be ended alone, and gives it one task that lasts as long as the port is
 * open: a task for each ping would cost 26 µs of each. `onFault` is told once, before the pings under way are rejected.
 */
export function startPingLane(credential: Credential, entry: string, onFault: (fault: LaneFault) => void): PingLane {
  const thread = new Piscina({
    filename: entry,
    minThreads: 1,
    maxThreads: 1,
    // The default lets an idle worker sleep in Atomics.wait, where its sockets stand still.
    atomics: 'disabled',
    workerData: credential,
    resourceLimits: RESOURCE_LIMITS,
  });
  // Told of a thread that dies between two tasks. The served task rejects as well.
  thread.on('error', () => undefined);
  const { port1: port, port2 } = new MessageChannel();
  const waiting = new Map<number, Waiting>();
  let outbox: LaneMessage | null = null;
  let nextId = 0;
  let isOver = false;
  let onEmpty = (): void => undefined;

  port.on('message', ({ ids, rows }: ResultsMessage) => {
    for (const [at, id] of ids.entries()) {
      const asked = waiting.get(id);
      asked?.resolve(unpackResult(rows[at] as ResultRow, asked.task.target));
      waiting.delete(id);
    }
    if (waiting.size === 0) onEmpty();
  });
  thread
    .run(port2, { transferList: [port2] })
    .catch(({ code }) => lose(code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'leaked' : 'crashed'));

  function lose(fault: LaneFault): void {
    if (isOver) return;
    onFault(fault);
    end(`the ping thread ${fault}`);
  }

  function end(why: string): Promise<void> {
    isOver = true;
    port.close();
    for (const { reject } of waiting.values()) reject(new LaneLost(why));
    waiting.clear();
    onEmpty();
    return thread.destroy();
  }

  /** All that is asked in one turn goes in one message. */
  function nextMessage(): LaneMessage {
    if (outbox === null) setImmediate(flush);
    outbox ??= { requests: [], hurried: [] };
    return outbox;
  }

  function flush(): void {
    if (!isOver) port.postMessage(outbox);
    outbox = null;
  }

  return {
    get inFlight() {
      return waiting.size;
    },
    run: (task) =>
      new Promise((resolve, reject) => {
        if (isOver) return reject(new LaneLost('the ping thread has ended'));
        const id = nextId++;
        const { startInMs = 0, timeoutMs } = task;
        const giveUpAtMs = performance.now() + startInMs + timeoutMs + STUCK_AFTER_MS;
        waiting.set(id, { task, giveUpAtMs, resolve, reject });
        nextMessage().requests.push(packTask(id, task));
      }),
    hurry: (target) => {
      for (const [id, { task }] of waiting) {
        if (task.target === target && task.startInMs !== undefined) nextMessage().hurried.push(id);
      }
    },
    endIfStuck: (nowMs) => {
      for (const { giveUpAtMs } of waiting.values()) if (giveUpAtMs < nowMs) return lose('stuck');
    },
    endIfLeaking: async () => {
      // Of a thread that has ended it rejects, and of one that stands still it never comes.
      const statistics = await thread.threads[0]?.getHeapStatistics().catch(() => undefined);
      if (statistics && statistics.external_memory > MAX_EXTERNAL_BYTES) lose('leaked');
    },
    leave: async () => {
      if (waiting.size > 0) {
        await new Promise<void>((resolve) => {
          onEmpty = resolve;
        });
      }
      await end('the ping thread has ended');
    },
    close: () => end('the prober stops'),
  };
}
