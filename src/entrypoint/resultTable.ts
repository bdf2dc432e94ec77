import { terminalLine } from '../model/errorText.ts';
import type { ProbeResult } from '../model/result.ts';

const MAX_DETAIL = 120;
const MAX_VERSION = 40;

/** Results as an aligned table with a heading; no line is longer than it must be. */
export function formatTable(results: ProbeResult[]): string {
  const rows = results.map((result) => [
    result.ok ? 'up' : 'DOWN',
    result.target,
    `${result.timingsMs.total.toFixed(1)} ms`,
    result.ok ? describeService(result) : `${result.reason}: ${terminalLine(result.detail ?? '', MAX_DETAIL)}`,
  ]);
  const table = [['', 'target', 'time', 'service'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table
    .map(([state = '', target = '', time = '', rest = '']) =>
      `${state.padEnd(widths[0] as number)}  ${target.padEnd(widths[1] as number)}  ${time.padStart(widths[2] as number)}  ${rest}`.trimEnd(),
    )
    .join('\n');
}

/** `3 pings: 2 up, 1 down (1 refused)`. */
export function formatSummary(results: ProbeResult[]): string {
  const down = results.filter(({ ok }) => !ok);
  const byReason = new Map<string, number>();
  for (const { reason } of down) byReason.set(`${reason}`, (byReason.get(`${reason}`) ?? 0) + 1);
  const reasons = [...byReason].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const total = `${results.length} ping${results.length === 1 ? '' : 's'}`;
  return `${total}: ${results.length - down.length} up, ${down.length} down${reasons ? ` (${reasons})` : ''}`;
}

/** `8.0.55, up 3d 4h`. */
function describeService({ version, serviceUptimeSeconds }: ProbeResult): string {
  const uptime = serviceUptimeSeconds === null ? '' : `, up ${formatUptime(serviceUptimeSeconds)}`;
  return `${terminalLine(version ?? 'no version', MAX_VERSION)}${uptime}`;
}

/** `3d 4h`, `59m 59s`, `0s`: the two largest units. */
export function formatUptime(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2);
  return shown.map(([value, unit]) => `${value}${unit}`).join(' ');
}
