import type { ProbeResult } from '../model/result.ts';
import { type Family, gauge, type Sample } from './exposition.ts';

/**
 * The answer of `/probe`: one result as Prometheus takes it. Names and helps are blackbox_exporter's (its prober/*.go) where it has the
 * metric; `…_phase_…`, `probe_failed_info` and `dips_service_…` are ours. What the ping did not come to know is left out.
 */
export function probeFamilies(result: ProbeResult): Family[] {
  const { ok, reason, timingsMs, address, tls, serviceStartTime } = result;
  const families = [
    gauge('probe_success', 'Displays whether or not the probe was a success', ok ? 1 : 0),
    gauge('probe_duration_seconds', 'Returns how long the probe took to complete in seconds', timingsMs.total / 1000),
    gauge('probe_dips_phase_duration_seconds', 'Duration of the ping by phase', phaseSamples(result)),
  ];
  if (timingsMs.dns !== null) {
    const help = 'Returns the time taken for probe dns lookup in seconds';
    families.push(gauge('probe_dns_lookup_time_seconds', help, timingsMs.dns / 1000));
  }
  if (address !== null) {
    const help = 'Specifies whether probe ip protocol is IP4 or IP6';
    families.push(gauge('probe_ip_protocol', help, address.includes(':') ? 6 : 4));
  }
  if (tls) families.push(...tlsFamilies(tls));
  if (reason !== null) families.push(gauge('probe_failed_info', 'Why the probe failed', [info({ reason })]));
  if (serviceStartTime !== null) {
    const help = 'When the service was started, seconds since 1970';
    families.push(gauge('dips_service_start_time_seconds', help, unixSeconds(serviceStartTime)));
  }
  return families;
}

function tlsFamilies({ protocol, peerNotAfter }: NonNullable<ProbeResult['tls']>): Family[] {
  const version = protocol.replace(/^TLSv(\d)(?:\.(\d))?$/, (_, major, minor = '0') => `TLS ${major}.${minor}`);
  const families = [
    gauge('probe_tls_version_info', 'Returns the TLS version used or NaN when unknown', [info({ version })]),
  ];
  if (peerNotAfter !== null) {
    const help = 'Returns last SSL chain expiry in unixtime';
    families.push(gauge('probe_ssl_earliest_cert_expiry', help, unixSeconds(peerNotAfter)));
  }
  return families;
}

function phaseSamples({ timingsMs: { dns, connect, tls, rpc } }: ProbeResult): Sample[] {
  return Object.entries({ dns, connect, tls, rpc }).flatMap(([phase, ms]) =>
    ms === null ? [] : [{ labels: { phase }, value: ms / 1000 }],
  );
}

function info(labels: Record<string, string>): Sample {
  return { labels, value: 1 };
}

function unixSeconds(time: string): number {
  return Date.parse(time) / 1000;
}
