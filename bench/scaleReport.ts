import type { Arrival } from './cluster.ts';
import { formatLines, judgeFlat, PROCESS_HEAD, type ProcessMinute, processCells } from './minutes.ts';
import { quantile } from './rounds.ts';
import { digits, judgeFigure, type Verdict } from './verdict.ts';

/** What happened in a minute of a scale run. */
export interface Minute extends ProcessMinute {
  ok: number;
  /** Pings the prober refused itself. */
  overload: number;
  failed: number;
  overruns: number;
}

export interface ScaleRun {
  machine: string;
  targets: number;
  intervalMs: number;
  minutes: Minute[];
  /** Over all minutes, a target each. */
  arrivals: Arrival[];
}

const TOLERANCE = 0.05;
const MAX_LOOP_DELAY_MS = 20;
const MAX_RSS_MEGABYTES = 400;
/** RSS that still rises by more within half an hour is not flat. */
const MAX_SLOPE_MEGABYTES = 10;
/** Descriptors come and go with the pings under way. */
const MAX_SLOPE_FDS = 10;

/** A line a minute, below a head if it is the first. */
export function formatMinutes(minutes: readonly Minute[], withHead: boolean): string {
  const lines = minutes.map((minute) => [
    ...[minute.ok, minute.overload, minute.failed, minute.overruns].map(String),
    ...processCells(minute),
  ]);
  return formatLines(['ok', 'overload', 'failed', 'overruns', ...PROCESS_HEAD], lines, withHead);
}

/** The demands on a run of many targets. */
export function judgeScale({ targets, intervalMs, minutes, arrivals }: ScaleRun): Verdict[] {
  const sum = (field: keyof Minute) => minutes.reduce((total, minute) => total + minute[field], 0);
  const most = (field: keyof Minute) => Math.max(...minutes.map((minute) => minute[field]));
  const offPlace = arrivals.filter(
    ({ minGapMs, maxGapMs }) => minGapMs < intervalMs * (1 - TOLERANCE) || maxGapMs > intervalMs * (1 + TOLERANCE),
  );
  const gaps = arrivals.flatMap(({ minGapMs, maxGapMs }) => [minGapMs, maxGapMs]).filter((gapMs) => gapMs > 0);
  const expected = (targets * minutes.length * 60_000) / intervalMs;
  return [
    {
      what: 'each target probed once per interval ± 5 %',
      measured: `${offPlace.length} of ${targets} targets were not; gaps ${digits(quantile(gaps, 0) / 1000)} to ${digits(quantile(gaps, 1) / 1000)} s`,
      against: '',
      demanded: `0 targets, ${intervalMs / 1000} s`,
      met: offPlace.length === 0,
    },
    {
      what: 'pings answered',
      measured: `${sum('ok')}; ${sum('overload')} overload, ${sum('failed')} failed, ${sum('overruns')} skipped`,
      against: `${expected}`,
      demanded: 'all ± 5 %, none failed',
      met: Math.abs(sum('ok') / expected - 1) <= TOLERANCE && sum('failed') + sum('overload') === 0,
    },
    judgeFigure('event-loop delay, p99 of the worst minute', most('loopDelayP99Ms'), MAX_LOOP_DELAY_MS, 'ms'),
    judgeFigure('RSS, most', most('rssMegabytes'), MAX_RSS_MEGABYTES, 'MB'),
    judgeFlat('RSS rises by', minutes, 'rssMegabytes', MAX_SLOPE_MEGABYTES, 'MB in 30 min'),
    judgeFlat('descriptors rise by', minutes, 'fds', MAX_SLOPE_FDS, 'in 30 min'),
  ];
}
