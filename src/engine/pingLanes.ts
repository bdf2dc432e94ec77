import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { type LaneFault, LaneLost, type PingLane, startPingLane } from './pingLane.ts';

/** What became of ping threads, counted since the start. */
export interface LaneCounts {
  /** Threads that ended by themselves (an uncaught error), and were replaced. */
  crashed: number;
  /** Threads that stood still, and were ended and replaced. */
  stuck: number;
  /** Threads whose memory was full, which were ended and replaced. */
  leaked: number;
  /** Pings of a crashed thread that were started a second time. */
  retried: number;
}

/** The ping threads of one credential. */
export interface PingLanes {
  /** Pings under way in each thread. */
  inFlight(): number[];
  /** Rejects with LaneLost where its thread is lost, and a second one as well or no time is left for one. */
  run(task: PingTask): Promise<ProbeResult>;
  /** As PingLane.hurry. */
  hurry(target: Target): void;
  /** Takes no more, and ends when all is answered. */
  leave(): Promise<void>;
  /** Ends at once; what is under way rejects. */
  close(): Promise<void>;
}

/** How often it is looked whether a thread stands still or leaks. */
const LOOK_MS = 1_000;
/** A thread that dies sooner is replaced after a pause, or one that dies at once would take the machine with it. */
const SHORT_LIFE_MS = 1_000;

/** Starts `threads` lanes on a thread entry (a URL). Each ping takes the emptiest; a lane that is lost is replaced, and its pings tried once more. */
export function startPingLanes(credential: Credential, threads: number, counts: LaneCounts, entry: string): PingLanes {
  const lanes = new Set<PingLane>();
  const pauses = new Set<NodeJS.Timeout>();
  let isClosing = false;

  function open(): void {
    const openedAtMs = performance.now();
    const lane = startPingLane(credential, entry, (fault) => replace(lane, fault, performance.now() - openedAtMs));
    lanes.add(lane);
  }

  function replace(lane: PingLane, fault: LaneFault, livedMs: number): void {
    lanes.delete(lane);
    counts[fault]++;
    if (isClosing) return;
    if (livedMs >= SHORT_LIFE_MS) open();
    else pauseThenOpen();
  }

  function pauseThenOpen(): void {
    const pause = setTimeout(() => {
      pauses.delete(pause);
      open();
    }, SHORT_LIFE_MS);
    pauses.add(pause);
  }

  function runOnEmptiest(task: PingTask): Promise<ProbeResult> {
    let found: PingLane | null = null;
    for (const lane of lanes) if (found === null || lane.inFlight < found.inFlight) found = lane;
    return found === null ? Promise.reject(new LaneLost('no ping thread is alive')) : found.run(task);
  }

  async function end(how: 'leave' | 'close'): Promise<void> {
    isClosing = true;
    for (const pause of pauses) clearTimeout(pause);
    await Promise.all([...lanes].map((lane) => lane[how]()));
    clearInterval(look);
  }

  for (let each = 0; each < threads; each++) open();
  const look = startSickWatch(lanes);
  return {
    inFlight: () => [...lanes].map((lane) => lane.inFlight),
    run: (task) => {
      const startsAtMs = performance.now() + (task.startInMs ?? 0);
      return runOnEmptiest(task).catch((error) => {
        const waitMs = startsAtMs - performance.now();
        const leftMs = task.timeoutMs + Math.min(0, waitMs);
        if (!(error instanceof LaneLost) || isClosing || leftMs <= 0) throw error;
        counts.retried++;
        return runOnEmptiest({ ...task, startInMs: task.startInMs && Math.max(0, waitMs), timeoutMs: leftMs });
      });
    },
    hurry: (target) => {
      for (const lane of lanes) lane.hurry(target);
    },
    leave: () => end('leave'),
    close: () => end('close'),
  };
}

/** A process that was stopped wakes up with all its deadlines past: what it finds late then is not stuck. */
function startSickWatch(lanes: ReadonlySet<PingLane>): NodeJS.Timeout {
  let lookedAtMs = performance.now();
  return setInterval(() => {
    const nowMs = performance.now();
    const wasStopped = nowMs - lookedAtMs > 2 * LOOK_MS;
    lookedAtMs = nowMs;
    for (const lane of [...lanes]) {
      if (!wasStopped) lane.endIfStuck(nowMs);
      void lane.endIfLeaking();
    }
  }, LOOK_MS).unref();
}
