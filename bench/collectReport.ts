import { formatLines, judgeFlat, PROCESS_HEAD, type ProcessMinute, processCells } from './minutes.ts';
import { digits, judgeFigure, type Verdict } from './verdict.ts';

/** What happened in a minute of a run that collects. */
export interface CollectMinute extends ProcessMinute {
  rounds: number;
  failed: number;
  /** Rounds that were not begun, because the node's one before was still under way. */
  skipped: number;
  /** That were new. */
  samples: number;
  /** That came to InfluxDB. */
  written: number;
  megabytes: number;
}

export interface CollectRun {
  machine: string;
  nodes: number;
  containers: number;
  intervalMs: number;
  minutes: CollectMinute[];
  /** From the start of the process to its end. */
  total: { samples: number; written: number };
}

const TOLERANCE = 0.02;
const MAX_LOOP_DELAY_MS = 20;
const MAX_RSS_MEGABYTES = 500;
/** What still rises by more within half an hour is not flat. */
const MAX_SLOPE_MEGABYTES = 10;
const MAX_SLOPE_FDS = 10;

/** A line a minute, below a head if it is the first. */
export function formatCollectMinutes(minutes: readonly CollectMinute[], withHead: boolean): string {
  const lines = minutes.map((minute) => [
    ...[minute.rounds, minute.failed, minute.skipped, minute.samples, minute.written].map(String),
    digits(minute.megabytes),
    ...processCells(minute),
  ]);
  return formatLines(['rounds', 'failed', 'skipped', 'samples', 'written', 'MB', ...PROCESS_HEAD], lines, withHead);
}

/** The demands on a run that collects from many nodes. */
export function judgeCollect({ nodes, containers, intervalMs, minutes, total }: CollectRun): Verdict[] {
  const sum = (field: keyof CollectMinute) => minutes.reduce((all, minute) => all + minute[field], 0);
  const most = (field: keyof CollectMinute) => Math.max(...minutes.map((minute) => minute[field]));
  const rounds = (nodes * minutes.length * 60_000) / intervalMs;
  // One sample an interval of each container and of the machine.
  const samples = rounds * (containers + 1);
  return [
    {
      what: `${nodes} nodes, a round every ${intervalMs / 1000} s`,
      measured: `${sum('rounds')}; ${sum('failed')} failed, ${sum('skipped')} skipped`,
      against: `${rounds}`,
      demanded: 'all ± 2 %, none failed or skipped',
      met: isNear(sum('rounds'), rounds) && sum('failed') + sum('skipped') === 0,
    },
    {
      what: 'samples',
      measured: `${sum('samples')} taken`,
      against: `${samples}`,
      demanded: 'all ± 2 %',
      met: isNear(sum('samples'), samples),
    },
    {
      what: 'samples in InfluxDB at the end',
      measured: `${total.written}`,
      against: `${total.samples} taken`,
      demanded: 'at least as many, ± 2 %: some are taken after the last look',
      met: total.written >= total.samples && isNear(total.written, total.samples),
    },
    judgeFigure('event-loop delay, p99 of the worst minute', most('loopDelayP99Ms'), MAX_LOOP_DELAY_MS, 'ms'),
    judgeFigure('RSS, most', most('rssMegabytes'), MAX_RSS_MEGABYTES, 'MB'),
    judgeFlat('RSS rises by', minutes, 'rssMegabytes', MAX_SLOPE_MEGABYTES, 'MB in 30 min'),
    judgeFlat('descriptors rise by', minutes, 'fds', MAX_SLOPE_FDS, 'in 30 min'),
  ];
}

function isNear(figure: number, expected: number): boolean {
  return Math.abs(figure / expected - 1) <= TOLERANCE;
}
