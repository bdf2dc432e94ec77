import type { FieldValue, Tags } from '../model/point.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { formatPoint } from './lineProtocol.ts';

/** The tags of results without a reason, by target: as one object they are turned into text once (lineProtocol.ts). */
const healthyTags = new WeakMap<Target, Tags>();

/**
 * One ping as a line of measurement `dips_ping`. Tags: service, host, port, and reason when it failed.
 * Fields: up (0 or 1), total_ms, dns_ms, connect_ms, tls_ms, rpc_ms (floats), service_uptime (seconds); unknown ones are left out.
 * `target` is what the result is of; `timeMs`: since 1970, when the ping ended.
 */
export function pingLine(
  target: Target,
  { ok, reason, timingsMs, serviceUptimeSeconds }: ProbeResult,
  timeMs: number,
): string {
  const { dns, connect, tls, rpc, total } = timingsMs;
  const fields: Record<string, FieldValue> = { up: ok ? 1 : 0, total_ms: { float: total } };
  if (dns !== null) fields.dns_ms = { float: dns };
  if (connect !== null) fields.connect_ms = { float: connect };
  if (tls !== null) fields.tls_ms = { float: tls };
  if (rpc !== null) fields.rpc_ms = { float: rpc };
  if (serviceUptimeSeconds !== null) fields.service_uptime = serviceUptimeSeconds;
  return formatPoint({
    measurement: 'dips_ping',
    tags: tagsOf(target, reason),
    fields,
    timeNs: BigInt(Math.round(timeMs * 1000)) * 1000n,
  });
}

function tagsOf(target: Target, reason: ProbeResult['reason']): Tags {
  const known = reason === null ? healthyTags.get(target) : undefined;
  if (known) return known;
  const { service, host, port } = target;
  const tags = { service, host, port: String(port), reason };
  if (reason === null) healthyTags.set(target, tags);
  return tags;
}
