import type { MicroRow } from './micro.ts';
import type { Sample } from './rounds.ts';
import { digits, formatTable } from './verdict.ts';

/** Medians of the rounds, a line a variant. */
export function formatSamples(rows: Record<string, Sample>): string {
  const lines = Object.entries(rows).map(([name, { cpuUs, perSecond, p50Ms, p99Ms }]) => [
    name,
    ...[cpuUs, perSecond, p50Ms, p99Ms].map((figure) => (figure === undefined ? '' : digits(figure))),
  ]);
  return formatTable(['', 'CPU µs each', 'per second', 'p50 ms', 'p99 ms'], lines);
}

export function formatMicro(rows: readonly MicroRow[]): string {
  const lines = rows.map(({ name, cpuUs, megabytesPerSecond: rate }) => [
    name,
    digits(cpuUs),
    rate ? digits(rate) : '',
  ]);
  return formatTable(['pure parts, one thread', 'CPU µs each', 'MB/s'], lines);
}
