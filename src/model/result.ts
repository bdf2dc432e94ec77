import type { FailureReason } from './reasons.ts';

/** Milliseconds spent in each phase; null where the phase was not reached (or does not exist, as TLS for `dip`). */
export interface PhaseTimings {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  /** From the request's write to the last byte of the answer. */
  rpc: number | null;
  total: number;
}

export interface TlsFacts {
  /** As OpenSSL names it: `TLSv1.3`. */
  protocol: string;
  cipher: string;
  /** ISO 8601, UTC: when the service's certificate ends. */
  peerNotAfter: string | null;
}

/** What a service said of itself in its ping answer; null where it (or its release) says nothing. */
export interface ServiceFacts {
  version: string | null;
  name: string | null;
  /** Computed from the answer's own clock: the field on the wire is wrong up to v7r3 (PROTOCOL.md §2.7). */
  serviceUptimeSeconds: number | null;
  /** ISO 8601, UTC. */
  serviceStartTime: string | null;
  hostUptimeSeconds: number | null;
  /** Load average of the service's host over 1, 5 and 15 minutes. */
  load: [number, number, number] | null;
}

/** The outcome of one ping, whole: plain data that crosses threads and is printed as JSON as it is. */
export interface ProbeResult extends ServiceFacts {
  target: string;
  ok: boolean;
  reason: FailureReason | null;
  /** For people: DIRAC's own message where the service gave one, else what failed and where. */
  detail: string | null;
  /** How the service encoded its answer. */
  encoding: 'dencode' | 'json' | null;
  /** The address that was connected to. */
  address: string | null;
  timingsMs: PhaseTimings;
  tls: TlsFacts | null;
}

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
