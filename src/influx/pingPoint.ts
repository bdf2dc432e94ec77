import { integerText, tagsText } from '../model/lineText.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';

/** The tags of results without a reason as text, by target: writing them costs more than the rest of a line. */
const healthyTags = new WeakMap<Target, string>();

/**
 * One ping as a line of measurement `dips_ping`. Tags: service, host, port, and reason when it failed.
 * Fields: up (0 or 1), total_ms, dns_ms, connect_ms, tls_ms, rpc_ms (floats), service_uptime (seconds); unknown ones are left out.
 * `target` is what the result is of; `timeMs`: since 1970, when the ping ended.
 *
 * Written at once: at 500 pings a second a point with its fields as objects, and the collecting of them, cost more than all else that the
 * main thread does with a result.
 */
export function pingLine(
  target: Target,
  { ok, reason, timingsMs, serviceUptimeSeconds }: ProbeResult,
  timeMs: number,
): string {
  const { dns, connect, tls, rpc, total } = timingsMs;
  let text = `dips_ping${tagsOf(target, reason)} up=${ok ? '1i' : '0i'},total_ms=${total}`;
  if (dns !== null) text += `,dns_ms=${dns}`;
  if (connect !== null) text += `,connect_ms=${connect}`;
  if (tls !== null) text += `,tls_ms=${tls}`;
  if (rpc !== null) text += `,rpc_ms=${rpc}`;
  const uptime = serviceUptimeSeconds === null ? null : integerText(serviceUptimeSeconds);
  if (uptime !== null) text += `,service_uptime=${uptime}`;
  return `${text} ${Math.round(timeMs * 1000)}000\n`;
}

function tagsOf(target: Target, reason: ProbeResult['reason']): string {
  const known = reason === null ? healthyTags.get(target) : undefined;
  if (known !== undefined) return known;
  const { service, host, port } = target;
  const text = tagsText({ service, host, port: String(port), reason });
  if (reason === null) healthyTags.set(target, text);
  return text;
}
