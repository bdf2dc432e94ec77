import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { SecureVersion } from 'node:tls';
import { startDipsService } from '../../src/demo/dipsService.ts';
import type { Identity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import type { Target } from '../../src/model/target.ts';
import { createPki } from '../peers.ts';
import { type Direction, type Fault, type FaultProxy, startFaultProxy } from '../support/faultProxy.ts';

/** A service to be reached through fault proxies. */
export interface Exchange {
  servicePort: number;
  identity: Identity;
  target: Omit<Target, 'port'>;
}

/** A service of our own, with client certificates, until the end of the test. */
export async function startExchange(t: TestContext, maxVersion: SecureVersion = 'TLSv1.3'): Promise<Exchange> {
  const { ca, host, identity } = await createPki();
  const tls = { ...host, caPem: ca.caPem, maxVersion };
  const service = await startDipsService({ service: 'Framework/Faulty', tls, encoding: 'dencode' });
  t.after(() => service.close());
  const target = { scheme: 'dips', host: '127.0.0.1', service: 'Framework/Faulty' } as const;
  return { servicePort: service.port, identity, target };
}

/** How long a ping may outlive its deadline before it counts as hung. */
const PATIENCE_MS = 15_000;

/** One ping through a proxy. Rejects when it outlives its deadline by far. */
export async function pingThrough(
  { port }: Pick<FaultProxy, 'port'>,
  { identity, target }: Exchange,
  timeoutMs: number,
): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not ended ${PATIENCE_MS} ms after its deadline`)),
      timeoutMs + PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([ping({ ...target, port }, { timeoutMs, identity }), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The ping's result under a fault, and whether that came to pass before the exchange was over. */
export async function pingUnder(fault: Fault, exchange: Exchange, timeoutMs: number) {
  const proxy = await startFaultProxy({ servicePort: exchange.servicePort, fault });
  try {
    const result = await pingThrough(proxy, exchange, timeoutMs);
    return { result, outcome: result.reason ?? ('ok' as const), struck: proxy.struck > 0 };
  } finally {
    await proxy.close();
  }
}

/** Where the TLS records of each direction end, in bytes from the beginning, in an exchange that nothing disturbs. */
export async function measureRecords(exchange: Exchange): Promise<Record<Direction, number[]>> {
  const passed: Record<Direction, Buffer[]> = { toClient: [], toService: [] };
  const onBytes = (direction: Direction, bytes: Buffer) => void passed[direction].push(bytes);
  const proxy = await startFaultProxy({ servicePort: exchange.servicePort, fault: null, onBytes });
  const result = await pingThrough(proxy, exchange, 10_000);
  await proxy.close();
  assert.equal(result.ok, true, `${result.reason}: ${result.detail}`);
  return {
    toClient: recordEnds(Buffer.concat(passed.toClient)),
    toService: recordEnds(Buffer.concat(passed.toService)),
  };
}

/** A record is its type, two bytes of version, two of length, and so many bytes. */
function recordEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    at += 5 + bytes.readUInt16BE(at + 3);
    ends.push(at);
  }
  return ends;
}

/** Where the part of the exchange ends that a ping depends on: what comes after it is an alert that says goodbye. */
export function endOfNeeded(ends: number[]): number {
  const lengths = ends.map((end, index) => end - (ends[index - 1] ?? 0));
  return ends[lengths.findLastIndex((length) => length > ALERT_RECORD_BYTES)] ?? 0;
}

const ALERT_RECORD_BYTES = 31;

/** The sizes of two exchanges differ by as much: an ECDSA signature has one of several lengths, a session ticket too. */
export const SLACK_BYTES = 16;

/**
 * Places for a fault: each of the first 64 bytes, those around each record's end, and every so many bytes (a prime, so that it
 * falls in step with nothing).
 */
export function sampleOffsets(ends: number[], step: number, first = 64): number[] {
  const total = ends.at(-1) ?? 0;
  const offsets = new Set(Array.from({ length: Math.min(first, total) }, (_, offset) => offset));
  for (const end of ends) for (const near of [-1, 0, 1, 5]) if (end + near < total) offsets.add(end + near);
  for (let offset = first; offset < total; offset += step) offsets.add(offset);
  return [...offsets].sort((a, b) => a - b);
}
