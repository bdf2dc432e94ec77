import type { LineBlock, Lines } from '../model/lineBlock.ts';
import type { BlockQueue } from './blockQueue.ts';
import type { InfluxWrite } from './influxWrite.ts';
import { letGo } from './lineMemory.ts';
import type { ServerState } from './serverState.ts';
import type { SpoolSide } from './spoolSide.ts';
import type { Taker } from './tell.ts';
import { type Written, writeApart } from './writeApart.ts';

/** What moves points, one batch at a time: from memory to the server or the spool, and from there to the server. */
export interface Delivery {
  /** On its way, and neither in the queue nor in the spool. */
  readonly underWay: LineBlock | null;
  /** What was written last came from memory. */
  readonly wasFresh: boolean;
  /** When the rate lets the next batch out of the spool, by performance.now(). */
  readonly drainAtMs: number;
  /** Batches that the server did not take whole, and that are written again. */
  readonly retries: number;
  write(): Promise<void>;
  spool(): Promise<void>;
  drain(): Promise<void>;
  /** Fails the write under way, whose lines are then kept as after any failure. */
  giveUp(reason: string): void;
}

export interface DeliveryParts {
  influx: InfluxWrite;
  queue: BlockQueue;
  server: ServerState;
  spoolSide: SpoolSide | null;
  /** Gives up the write under way. */
  signal: AbortSignal;
  /** Of one batch out of the spool. */
  maxBytes: number;
  drainPerSecond: number;
  /** These points have come to their end. */
  onSettled(accepted: number, rejected: number, detail: string | null): void;
  /** Something takes points, or does not and says why. */
  onTaker(what: Taker, fault: string | null): void;
}

/** Starts with nothing under way. */
export function createDelivery(parts: DeliveryParts): Delivery {
  const { influx, queue, server, spoolSide, signal, maxBytes, drainPerSecond, onSettled, onTaker } = parts;
  const state = { underWay: null as LineBlock | null, wasFresh: false, drainAtMs: 0, retries: 0 };

  let attempt = new AbortController();

  async function send(lines: Lines): Promise<Written> {
    attempt = new AbortController();
    const either = AbortSignal.any([signal, attempt.signal]);
    const written = await writeApart(lines, (part) => influx.write(part.lines, either));
    const failure = written.rest?.failure;
    if (failure) {
      server.failed(failure, performance.now());
      state.retries++;
    } else server.accepted();
    onTaker('server', failure?.detail ?? null);
    return written;
  }

  /** The next batch of the queue. Marks alone, of answers without a new sample, need no server. */
  function takeBatch(): LineBlock | null {
    const batch = queue.takeBatch();
    if (!batch || batch.points > 0) return batch ?? null;
    spoolSide?.addMarks(batch.marks);
    return null;
  }

  return Object.assign(state, {
    giveUp: (reason: string) => attempt.abort(new Error(reason)),
    write: async () => {
      state.underWay = takeBatch();
      if (!state.underWay) return;
      const { lines, marks } = state.underWay;
      const { accepted, rejected, detail, rest } = await send(state.underWay);
      state.underWay = null;
      state.wasFresh = true;
      if (rest) queue.putBack({ ...rest.lines, marks });
      else {
        letGo(lines);
        spoolSide?.addMarks(marks);
      }
      onSettled(accepted, rejected, detail);
    },
    spool: async () => {
      const batch = takeBatch();
      if (!batch) return;
      state.underWay = batch;
      const isSpooled = await spoolSide?.append(batch);
      state.underWay = null;
      if (isSpooled) letGo(batch.lines);
      else queue.putBack(batch);
    },
    drain: async () => {
      const startMs = performance.now();
      const batch = await spoolSide?.oldest(maxBytes);
      if (!batch) return;
      const { rejected, detail, rest } = await send(batch);
      state.wasFresh = false;
      if (rest) return; // all of it is still in the spool
      letGo(batch.lines);
      state.drainAtMs = startMs + (batch.points * 1000) / drainPerSecond;
      // What the spool has dropped meanwhile counts as dropped there.
      const removed = (await spoolSide?.remove(batch)) ?? 0;
      const refused = Math.min(rejected, removed);
      onSettled(removed - refused, refused, detail);
    },
  });
}
