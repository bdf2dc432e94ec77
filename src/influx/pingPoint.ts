import type { FieldValue } from '../model/point.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { formatPoint } from './lineProtocol.ts';

/**
 * One ping as a line of measurement `dips_ping`. Tags: service, host, port, and reason when it failed.
 * Fields: up (0 or 1), total_ms, dns_ms, connect_ms, tls_ms, rpc_ms (floats), service_uptime (seconds); unknown ones are left out.
 * `target` is what the result is of; `timeMs`: since 1970, when the ping ended.
 */
export function pingLine({ service, host, port }: Target, result: ProbeResult, timeMs: number): string {
  const { dns, connect, tls, rpc, total } = result.timingsMs;
  const fields: Record<string, FieldValue> = { up: result.ok ? 1 : 0, total_ms: { float: total } };
  for (const [key, ms] of Object.entries({ dns_ms: dns, connect_ms: connect, tls_ms: tls, rpc_ms: rpc })) {
    if (ms !== null) fields[key] = { float: ms };
  }
  if (result.serviceUptimeSeconds !== null) fields.service_uptime = result.serviceUptimeSeconds;
  return formatPoint({
    measurement: 'dips_ping',
    tags: { service, host, port: String(port), reason: result.reason },
    fields,
    timeNs: BigInt(Math.round(timeMs * 1000)) * 1000n,
  });
}
