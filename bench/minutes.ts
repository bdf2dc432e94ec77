import { digits, formatTable, judgeFigure, type Verdict } from './verdict.ts';

/*
 * What the long runs have in common: a line a minute, and whether memory and descriptors stay flat.
 */

/** What a run's processes took in a minute. */
export interface ProcessMinute {
  loopDelayP99Ms: number;
  rssMegabytes: number;
  fds: number;
  /** Share of a core. */
  cpuCores: number;
  clusterCpuCores: number;
}

const HALF_HOUR_MINUTES = 30;
/** In which heaps and the allocator's arenas fill: no leak, and nothing to be drawn out over months. */
const FILLING_MINUTES = 5;

/** The columns of what a run's processes took. */
export const PROCESS_HEAD = ['loop p99 ms', 'RSS MB', 'fds', 'CPU cores', 'cluster cores'];

/** What they took in a minute. */
export function processCells({
  loopDelayP99Ms,
  rssMegabytes,
  fds,
  cpuCores,
  clusterCpuCores,
}: ProcessMinute): string[] {
  return [digits(loopDelayP99Ms), digits(rssMegabytes), `${fds}`, digits(cpuCores), digits(clusterCpuCores)];
}

/** A table, or its last line alone. */
export function formatLines(head: string[], lines: string[][], withHead: boolean): string {
  const table = formatTable(head, lines);
  return withHead ? table : (table.split('\n').at(-1) as string);
}

/**
 * The line through the minutes after the first five, by least squares: how much it rises in half an hour. That of a short run goes through all of
 * them, and is not judged.
 */
export function judgeFlat<Field extends string>(
  what: string,
  minutes: readonly Readonly<Record<Field, number>>[],
  field: Field,
  limit: number,
  unit: string,
): Verdict {
  const isShort = minutes.length < HALF_HOUR_MINUTES;
  const values = minutes.slice(isShort ? 0 : FILLING_MINUTES).map((minute) => minute[field]);
  const verdict = judgeFigure(what, slope(values) * HALF_HOUR_MINUTES, limit, unit);
  return isShort ? { ...verdict, met: null } : verdict;
}

/** Rise per step of the line that fits the values best. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rise = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return rise / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}
