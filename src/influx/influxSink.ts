import { setTimeout as delay } from 'node:timers/promises';
import type { InfluxTarget } from '../model/influxTarget.ts';
import type { CursorMark, LineBlock } from '../model/lineBlock.ts';
import { createBlockQueue } from './blockQueue.ts';
import { connectInflux, type WriteAnswer } from './influxWrite.ts';
import { cutBlock } from './lineBlock.ts';
import { noCounts, type Sink, type SinkLog } from './sink.ts';

export interface InfluxSinkOptions {
  target: InfluxTarget;
  log: SinkLog;
  /** For one write, from connecting to the answer. */
  timeoutMs?: number;
  /** How often a batch is tried before it is dropped, and the wait before the second try; it doubles with each. */
  attempts?: number;
  backoffMs?: number;
  /** Lines that wait; when it would be more, the oldest are dropped. */
  maxQueueBytes?: number;
  /** What {@link Sink.close} may take; below the 10 s that Docker leaves between SIGTERM and SIGKILL. */
  closeTimeoutMs?: number;
}

/** InfluxDB takes 25 MB in one request. */
const MAX_BATCH_BYTES = 4 * 2 ** 20;
/** A refusal repeats with every batch until somebody acts; so often it is told. */
const TELL_EVERY_MS = 10_000;

/**
 * Writes to InfluxDB 1.x, one batch at a time: what comes in while one is under way makes the next, so that batches grow with the
 * load and a lone point is written at once. Memory is bounded by `maxQueueBytes` and twice one batch.
 *
 * A 400 may be a partial write, of which InfluxDB has stored the good lines without saying which: the batch counts as rejected.
 */
export function startInfluxSink({
  target,
  log,
  timeoutMs = 10_000,
  attempts = 5,
  backoffMs = 500,
  maxQueueBytes = 32 * 2 ** 20,
  closeTimeoutMs = 8000,
}: InfluxSinkOptions): Sink {
  const influx = connectInflux(target, timeoutMs);
  const counts = noCounts();
  const closing = new AbortController();
  const queue = createBlockQueue();
  let draining: Promise<void> | null = null;
  let isClosed = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;

  function settle(points: number, outcome: 'accepted' | 'rejected' | 'dropped', detail = ''): void {
    counts.kept -= points;
    counts[outcome] += points;
    if (outcome === 'accepted' || performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    log.warn({ url: target.url, database: target.database, points, detail, ...counts }, `points ${outcome}`);
  }

  function takeBatch(): LineBlock {
    const blocks: Uint8Array[] = [];
    const marks: CursorMark[] = [];
    let points = 0;
    let bytes = 0;
    for (let next = queue.peek(); next; next = queue.peek()) {
      if (points > 0 && bytes + next.lines.length > MAX_BATCH_BYTES) break;
      queue.take();
      blocks.push(next.lines);
      points += next.points;
      marks.push(...next.marks);
      bytes += next.lines.length;
    }
    return { lines: Buffer.concat(blocks, bytes), points, marks };
  }

  async function deliver({ lines, points }: LineBlock): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const answer: WriteAnswer = await influx.write(lines, closing.signal);
      if (answer.kind === 'accepted') return settle(points, 'accepted');
      if (answer.kind === 'refused') return settle(points, 'rejected', answer.detail);
      if (attempt === attempts || closing.signal.aborted) return settle(points, 'dropped', answer.detail);
      await delay(backoffMs * 2 ** (attempt - 1), undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  async function drain(): Promise<void> {
    while (queue.peek()) await deliver(takeBatch());
    draining = null;
  }

  return {
    counts,
    write: (lines, points, marks = []) => {
      counts.kept += points;
      if (isClosed) return settle(points, 'dropped', 'the sink is closed');
      for (const block of cutBlock({ lines, points, marks }, MAX_BATCH_BYTES)) queue.push(block);
      while (queue.bytes > maxQueueBytes) {
        settle(queue.take()?.points ?? 0, 'dropped', `more than ${maxQueueBytes} bytes wait, the oldest go`);
      }
      if (queue.peek()) draining ??= drain();
    },
    close: async () => {
      isClosed = true;
      const timer = setTimeout(
        () => closing.abort(new Error(`not written within ${closeTimeoutMs} ms of closing`)),
        closeTimeoutMs,
      );
      await draining;
      clearTimeout(timer);
      influx.close();
    },
  };
}
