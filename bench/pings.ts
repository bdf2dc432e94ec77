import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { createThrowAwayCa, throwAwayCredential } from '../src/demo/pki.ts';
import { buildIdentity } from '../src/dips/identity.ts';
import { ping } from '../src/dips/ping.ts';
import { createProbe } from '../src/engine/admission.ts';
import { startPingPool } from '../src/engine/pools.ts';
import type { CaCrl, Credential } from '../src/model/credential.ts';
import type { ProbeResult } from '../src/model/result.ts';
import type { Target } from '../src/model/target.ts';
import type { Row } from './table.ts';

const SERVICE = 'Bench/Service';
const TIMEOUT_MS = 10_000;
const IN_FLIGHT = 32;

export interface PingBenchOptions {
  rounds: number;
  pingsPerRound: number;
}

/**
 * Whole pings (TCP, mutual TLS 1.3 with RSA-2048, request, answer, close) against a service of ours in another thread. The rounds
 * of the variants take turns, so that a machine that slows down slows all of them. CPU is that of the thread that pings.
 */
export async function benchPings({ rounds, pingsPerRound }: PingBenchOptions): Promise<Row[]> {
  const ca = await createThrowAwayCa('rsa2048');
  const [hostPair, ownPair] = await Promise.all([ca.issue(), ca.issue()]);
  const peer = new Worker(new URL('serviceThread.ts', import.meta.url), {
    workerData: { service: SERVICE, tls: { ...hostPair, caPem: ca.caPem }, encoding: 'dencode' },
  });
  const [port] = (await once(peer, 'message')) as [number];
  const credential: Credential = throwAwayCredential(ownPair, ca);
  const identity = buildIdentity(credential);
  const pool = startPingPool(credential, 1);
  const probe = createProbe(pool);
  const target: Target = { scheme: 'dips', host: '127.0.0.1', port, service: SERVICE };

  let nonce = 0;
  const identityWithCrl = buildIdentity({ ...credential, crls: [largeCrl(ca.caPem)] });
  const variants: Record<string, () => Promise<ProbeResult>> = {
    'ping, in this thread': () => ping(target, { timeoutMs: TIMEOUT_MS, identity }),
    'ping, held against a CRL of 30,000 entries': () =>
      ping(target, { timeoutMs: TIMEOUT_MS, identity: identityWithCrl }),
    // Each its own deadline, or admission would let identical pings share one.
    'ping, by the pool (CPU here: hand-over only)': () => probe({ target, timeoutMs: TIMEOUT_MS + nonce++ }),
  };
  const samples = new Map<string, { cpuUs: number; perSecond: number }[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      const sample = await measure(variant, pingsPerRound);
      // Round -1 warms up.
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
  await pool.close();
  await peer.terminate();
  return [...samples].map(([name, all]) => ({
    name,
    'CPU µs/op': median(all.map(({ cpuUs }) => cpuUs)),
    'op/s': median(all.map(({ perSecond }) => perSecond)),
  }));
}

/** As the largest CAs of the grid have it, read and checked already: that is done once per generation of a credential. */
function largeCrl(caPem: string): CaCrl {
  return {
    caSubject: new X509Certificate(caPem).subject,
    thisUpdateMs: 0,
    nextUpdateMs: null,
    revoked: new Set(Array.from({ length: 30_000 }, () => randomBytes(15).toString('hex').toUpperCase())),
    fault: null,
  };
}

async function measure(variant: () => Promise<ProbeResult>, pings: number) {
  const limit = pLimit(IN_FLIGHT);
  const cpuBefore = process.threadCpuUsage();
  const startedAt = performance.now();
  const results = await Promise.all(Array.from({ length: pings }, () => limit(variant)));
  const elapsedMs = performance.now() - startedAt;
  const cpu = process.threadCpuUsage(cpuBefore);
  const failed = results.find(({ ok }) => !ok);
  if (failed) throw new Error(`a ping failed: ${failed.reason}: ${failed.detail}`);
  return { cpuUs: (cpu.user + cpu.system) / pings, perSecond: (pings / elapsedMs) * 1000 };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
