import type { InfluxTarget } from '../model/influxTarget.ts';
import type { LineBlock } from '../model/lineBlock.ts';
import type { Spool, SpoolCounts } from '../model/spool.ts';
import { createBlockQueue } from './blockQueue.ts';
import { createDelivery } from './delivery.ts';
import { connectInflux } from './influxWrite.ts';
import { letGo } from './lineMemory.ts';
import { type LaneState, nextStep } from './nextStep.ts';
import { createServerState } from './serverState.ts';
import type { Sink, SinkCounts, SinkLog } from './sink.ts';
import { createSpoolSide } from './spoolSide.ts';
import { createTeller, type Taker } from './tell.ts';

export interface InfluxSinkOptions {
  target: InfluxTarget;
  log: SinkLog;
  /** Where points go while the server does not take them; null: they wait in memory. The caller closes it, after the sink. */
  spool?: Spool | null;
  /** For one write, from connecting to the answer. */
  timeoutMs?: number;
  /** After the first failure; it doubles with each up to 30 s, or a minute where only people can help. */
  backoffMs?: number;
  /**
   * Lines in memory, waiting or being written; when it would be more, the oldest that wait are dropped. With a spool that works, the write
   * under way is given up first, so that the spool gets them; it may be twice as much until it has.
   */
  maxQueueBytes?: number;
  /**
   * Points that leave the spool, beside what comes in. 50,000 a second are about what an InfluxDB 1.x on two cores takes and more than
   * 1,000 nodes bring: an outage is made up for in less time than it took.
   */
  drainPerSecond?: number;
  /** For writing what is kept, of {@link Sink.close}; then the rest goes to the spool or is dropped. Docker leaves 10 s before SIGKILL. */
  closeTimeoutMs?: number;
}

/** How it stands with the server; for metrics. */
export interface InfluxFacts {
  /** The server does not take points at present. */
  isAway: boolean;
  /** What needs somebody to act, for people: the server refuses us, or the spool does not work; null: nothing. */
  alarm: string | null;
  /** The last failure since the server took points; null: it takes them. */
  failure: string | null;
  /** Requests begun. */
  requests: number;
  /** Batches that the server did not take whole and that are written again. */
  retries: number;
  /** Lines in memory, waiting or being written. */
  queueBytes: number;
  /** null: there is none. */
  spool: Readonly<SpoolCounts> | null;
}

export interface InfluxSink extends Sink {
  readonly facts: Readonly<InfluxFacts>;
}

/**
 * Writes to InfluxDB in batches, one thing at a time (nextStep.ts says what next). What cannot be written now goes to the spool, or waits
 * in memory where there is none; nothing is dropped for having been tried too often, only at the bounds: `maxQueueBytes`, those of the
 * spool, and the deadline of closing. `counts` include what the spool holds, and what it held at the start:
 * handed over + found in the spool = accepted + rejected + dropped + kept.
 */
export function startInfluxSink({
  target,
  log,
  spool = null,
  timeoutMs = 10_000,
  backoffMs = 500,
  maxQueueBytes = 32 * 2 ** 20,
  drainPerSecond = 50_000,
  closeTimeoutMs = spool ? 3000 : 8000,
}: InfluxSinkOptions): InfluxSink {
  const influx = connectInflux(target, timeoutMs);
  const server = createServerState(backoffMs);
  const queue = createBlockQueue(target.batch);
  const closing = new AbortController();
  const settled = { accepted: 0, rejected: 0, dropped: 0 };
  let closesAtMs: number | null = null;
  let closed: Promise<void> | null = null;
  let wake = () => {};

  const counts: SinkCounts = {
    get accepted() {
      return settled.accepted;
    },
    get rejected() {
      return settled.rejected;
    },
    get dropped() {
      return settled.dropped + (spool?.counts.dropped ?? 0);
    },
    get kept() {
      return queue.points + (delivery.underWay?.points ?? 0) + (spool?.counts.kept ?? 0);
    },
  };
  const teller = createTeller(log, target, counts);
  const onTaker = (what: Taker, fault: string | null) => {
    if (fault === null) teller.fine(what);
    // A sink that closes says at its end what became of all.
    else if (closesAtMs === null || what === 'spool') teller.failing(what, fault);
  };
  const spoolSide = spool && createSpoolSide(spool, (fault) => onTaker('spool', fault));
  const delivery = createDelivery({
    influx,
    queue,
    server,
    spoolSide,
    signal: closing.signal,
    maxBytes: target.batch.maxBytes,
    drainPerSecond,
    onSettled: (accepted, rejected, detail) => {
      settled.accepted += accepted;
      settled.rejected += rejected;
      if (rejected > 0) teller.lost('rejected', rejected, detail ?? 'no text');
    },
    onTaker,
  });
  const running = run();

  async function run(): Promise<void> {
    for (;;) {
      const marksAtMs = spoolSide?.marksAtMs ?? Number.POSITIVE_INFINITY;
      if (marksAtMs <= performance.now()) await spoolSide?.saveMarks();
      const step = nextStep(stateNow());
      if (step.kind === 'end') return;
      if (step.kind === 'wait') await pause(Math.min(step.untilMs, spoolSide?.marksAtMs ?? Number.POSITIVE_INFINITY));
      else await delivery[step.kind]();
    }
  }

  function stateNow(): LaneState {
    const { failures, retryAtMs } = server;
    const isTooLate = closesAtMs !== null && failures > 0 && retryAtMs > closesAtMs;
    return {
      nowMs: performance.now(),
      phase: closesAtMs === null ? 'open' : isTooLate || closing.signal.aborted ? 'over' : 'closing',
      hasSpool: spool !== null,
      dueAtMs: queue.dueAtMs(),
      spooled: spool?.counts.kept ?? 0,
      failures,
      retryAtMs,
      drainAtMs: delivery.drainAtMs,
      spoolAtMs: spoolSide?.fitAtMs ?? 0,
      wasFresh: delivery.wasFresh,
    };
  }

  function pause(untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waitMs = Math.max(untilMs - performance.now(), 0);
      const timer = waitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, waitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function drop(points: number, detail: string): void {
    settled.dropped += points;
    if (points > 0) teller.lost('dropped', points, detail);
  }

  const queueBytes = () => queue.bytes + (delivery.underWay?.lines.length ?? 0);

  function push(block: LineBlock): void {
    queue.push(block, performance.now());
    // A server so slow that memory fills up is as good as away. What comes until the spool has the lines may be as much again.
    const hasWayOut = spoolSide !== null && spoolSide.fault === null;
    if (hasWayOut && queueBytes() > maxQueueBytes) {
      delivery.giveUp(`more than ${maxQueueBytes} bytes wait in memory, the write under way is given up`);
    }
    while (queueBytes() > (hasWayOut ? 2 : 1) * maxQueueBytes) {
      const oldest = queue.takeOldest();
      if (!oldest) break;
      letGo(oldest.lines);
      drop(oldest.points, `more than ${maxQueueBytes} bytes wait in memory, the oldest go`);
    }
    wake();
  }

  async function end(): Promise<void> {
    const timer = setTimeout(() => {
      closing.abort(new Error(`not written within ${closeTimeoutMs} ms of closing`));
      wake();
    }, closeTimeoutMs);
    wake();
    await running;
    clearTimeout(timer);
    const { points } = queue;
    while (queue.takeOldest());
    drop(points, spoolSide?.fault ?? server.failure?.detail ?? 'the sink is closed');
    await spoolSide?.saveMarks();
    influx.close();
  }

  return {
    counts,
    facts: {
      get isAway() {
        return server.failures > 0;
      },
      get alarm() {
        const fault = spoolSide?.fault;
        return server.failure?.isAlarm ? server.failure.detail : fault ? `the spool: ${fault}` : null;
      },
      get failure() {
        return server.failure?.detail ?? null;
      },
      get requests() {
        return influx.requests;
      },
      get retries() {
        return delivery.retries;
      },
      get queueBytes() {
        return queueBytes();
      },
      spool: spool?.counts ?? null,
    },
    write: (lines, points, marks = []) => {
      if (closesAtMs === null) push({ lines, points, marks });
      else drop(points, 'the sink is closed');
    },
    close: () => {
      closesAtMs ??= performance.now() + closeTimeoutMs;
      closed ??= end();
      return closed;
    },
  };
}
