import { Counter, Gauge, Registry } from 'prom-client';
import type { FailureReason } from '../model/reasons.ts';

/** What the metrics are made of, as it is at a scrape. */
export interface MetricsFacts {
  credential: CredentialFacts | null;
  /** Pings answered, by reason; `ok` for those without. */
  pings: ReadonlyMap<FailureReason | 'ok', number>;
}

export interface CredentialFacts {
  /** 1 at the start, one more with each renewal. */
  generation: number;
  /** Times that the files on disk were found not fit; what was read before stayed in use. */
  faults: number;
  /** When the first certificate of our chain ends, ms since 1970. */
  notAfterMs: number;
  /** CRLs past their next update, or not signed by their CA. */
  badCrls: number;
}

/** The metrics page in Prometheus's text form. Its names are an interface: CHANGELOG.md. */
export async function writeMetrics({
  credential,
  pings,
}: MetricsFacts): Promise<{ contentType: string; body: string }> {
  const registry = new Registry();
  const registers = [registry];
  if (credential) addCredential(registers, credential);
  const total = new Counter({
    name: 'dips_probe_pings_total',
    help: 'Pings by outcome',
    labelNames: ['reason'],
    registers,
  });
  for (const [reason, count] of pings) total.inc({ reason }, count);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

function addCredential(registers: Registry[], { generation, faults, notAfterMs, badCrls }: CredentialFacts): void {
  new Gauge({
    name: 'dips_probe_credential_generation',
    help: 'Credential in use, counted from 1',
    registers,
  }).set(generation);
  new Counter({
    name: 'dips_probe_credential_faults_total',
    help: 'Times the files of the credential were found not fit; the old ones stayed in use',
    registers,
  }).inc(faults);
  new Gauge({
    name: 'dips_probe_credential_not_after_seconds',
    help: 'When the first certificate of our own chain ends, seconds since 1970',
    registers,
  }).set(notAfterMs / 1000);
  new Gauge({
    name: 'dips_probe_bad_crls',
    help: 'CRLs past their next update or not signed by their CA',
    registers,
  }).set(badCrls);
}
