import type { FailureReason } from './reasons.ts';
import type { ProbeResultOfSchema } from './resultSchema.ts';

/** The outcome of one ping, whole: plain data that crosses threads and is written as JSON as it is. Fields: resultSchema.ts. */
export type ProbeResult = ProbeResultOfSchema;
export type PhaseTimings = ProbeResult['timingsMs'];
export type TlsFacts = NonNullable<ProbeResult['tls']>;

/** What a service said of itself in its ping answer; null where it (or its release) says nothing. */
export type ServiceFacts = Pick<
  ProbeResult,
  'version' | 'name' | 'serviceUptimeSeconds' | 'serviceStartTime' | 'hostUptimeSeconds' | 'load'
>;

export const NO_FACTS: ServiceFacts = {
  version: null,
  name: null,
  serviceUptimeSeconds: null,
  serviceStartTime: null,
  hostUptimeSeconds: null,
  load: null,
};

/** A failed result that never reached the network (overload, no credentials). */
export function failedBeforeConnect(target: string, reason: FailureReason, detail: string): ProbeResult {
  return {
    ...NO_FACTS,
    target,
    ok: false,
    reason,
    detail,
    encoding: null,
    address: null,
    timingsMs: { dns: null, connect: null, tls: null, rpc: null, total: 0 },
    tls: null,
  };
}
