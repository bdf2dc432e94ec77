import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecureVersion } from 'node:tls';
import pLimit from 'p-limit';
import type { FailureReason } from '../../src/model/reasons.ts';
import type { Direction, FaultKind } from '../support/faultProxy.ts';
import { endOfNeeded, measureRecords, pingUnder, SLACK_BYTES, sampleOffsets, startExchange } from './exchange.ts';

/*
 * A fault at each byte of a ping, in both directions. Whatever is done to the connection, the ping ends by its deadline, with a
 * reason of those that the fault can mean, and is never ok unless all that it needs had come.
 */

interface FaultCase {
  kind: FaultKind;
  direction: Direction;
  /** What the fault may be told as. */
  reasons: FailureReason[];
  /** Beyond each of the first 64 bytes and the records' ends: every so many bytes. Primes. */
  step: number;
  timeoutMs: number;
}

/** Of those that wait for their deadline. */
const SHORT_MS = 1_000;
const LONGER_MS = 8_000;
/** Of those that a deadline should have no part in. */
const LONG_MS = 20_000;
/** What is in plain text comes before the keys are agreed on; behind them every changed byte is noticed. */
const BROKEN_TLS: FailureReason[] = ['tls_protocol', 'wrong_protocol'];

/** TLS 1.2 sends the proof that we have the key in the clear; a service that finds it spoilt says that it does not hold. */
const SPOILT_SIGNATURE: FailureReason[] = ['tls_rejected_us'];

const CASES: FaultCase[] = [
  { kind: 'stall', direction: 'toClient', reasons: ['tls_timeout', 'rpc_timeout'], step: 101, timeoutMs: SHORT_MS },
  { kind: 'stall', direction: 'toService', reasons: ['tls_timeout', 'rpc_timeout'], step: 53, timeoutMs: SHORT_MS },
  { kind: 'reset', direction: 'toClient', reasons: ['closed_early'], step: 41, timeoutMs: LONG_MS },
  { kind: 'reset', direction: 'toService', reasons: ['closed_early'], step: 41, timeoutMs: LONG_MS },
  { kind: 'halfClose', direction: 'toClient', reasons: ['closed_early'], step: 41, timeoutMs: LONG_MS },
  { kind: 'halfClose', direction: 'toService', reasons: ['closed_early'], step: 41, timeoutMs: LONG_MS },
  // Who is sent junk may also take it for the beginning of something long, and wait.
  {
    kind: 'junk',
    direction: 'toClient',
    reasons: [...BROKEN_TLS, 'closed_early', 'tls_timeout', 'rpc_timeout'],
    step: 31,
    timeoutMs: SHORT_MS,
  },
  {
    kind: 'junk',
    direction: 'toService',
    reasons: [...BROKEN_TLS, 'closed_early', 'tls_timeout', 'rpc_timeout', ...SPOILT_SIGNATURE],
    step: 31,
    timeoutMs: SHORT_MS,
  },
  { kind: 'flood', direction: 'toClient', reasons: BROKEN_TLS, step: 61, timeoutMs: LONG_MS },
  // On a busy machine the flood can keep the service from ever saying what it thinks of it.
  {
    kind: 'flood',
    direction: 'toService',
    reasons: [...BROKEN_TLS, 'closed_early', 'tls_timeout', 'rpc_timeout', ...SPOILT_SIGNATURE],
    step: 61,
    timeoutMs: SHORT_MS,
  },
];

const AT_ONCE = 64;
/** 1 puts every fault at each single byte, which takes minutes. */
const EVERY = Number(process.env.DIPS_PROBE_FAULTS_STEP ?? Number.POSITIVE_INFINITY);

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) for (const each of CASES) testCase(version, each);

function testCase(version: SecureVersion, { kind, direction, reasons, step, timeoutMs }: FaultCase): void {
  test(`${kind} ${direction}, ${version}: ${reasons.join(' or ')}`, async (t) => {
    const exchange = await startExchange(t, version);
    const ends = (await measureRecords(exchange))[direction];
    const offsets = sampleOffsets(ends, Math.min(step, EVERY));
    const limit = pLimit(AT_ONCE);
    const results = await limit.map(offsets, async (afterBytes) => {
      const result = await pingUnder({ kind, direction, afterBytes }, exchange, timeoutMs);
      // A busy machine may need a short deadline for less than the fault.
      const wasTooShort = timeoutMs === SHORT_MS && !result.struck && result.outcome !== 'ok';
      return wasTooShort ? pingUnder({ kind, direction, afterBytes }, exchange, LONGER_MS) : result;
    });
    const isNeeded = (offset: number) => offset < endOfNeeded(ends) - SLACK_BYTES;
    const wrong = results.flatMap(({ result, outcome, struck }, index) => {
      const offset = offsets[index] as number;
      const isRight = outcome === 'ok' ? !isNeeded(offset) : reasons.includes(outcome);
      return isRight && (struck || !isNeeded(offset)) ? [] : [`at byte ${offset}: ${outcome} ${result.detail ?? ''}`];
    });
    assert.deepEqual(wrong, []);
    const seen = new Set(results.map(({ outcome }) => outcome));
    if (kind === 'stall')
      assert.ok(
        reasons.every((reason) => seen.has(reason)),
        `only ${[...seen]}`,
      );
    t.diagnostic(`${offsets.length} places of ${ends.at(-1)} bytes: ${[...seen].join(', ')}`);
  });
}

for (const direction of ['toClient', 'toService'] as const) {
  test(`one byte at a time ${direction}: ok`, async (t) => {
    const exchange = await startExchange(t);
    const offsets = [0, 1, 5, 300, 1_300];
    const results = await Promise.all(
      offsets.map((afterBytes) => pingUnder({ kind: 'crumbs', direction, afterBytes }, exchange, LONG_MS)),
    );
    for (const { result, struck } of results) assert.ok(result.ok && struck, `${result.reason}: ${result.detail}`);
  });

  test(`one changed byte ${direction}: never ok for what is encrypted`, async (t) => {
    const exchange = await startExchange(t);
    const ends = (await measureRecords(exchange))[direction];
    const [hello = 0] = ends;
    const offsets = sampleOffsets(ends, 37, hello);
    const limit = pLimit(AT_ONCE);
    const results = await limit.map(offsets, (afterBytes) =>
      pingUnder({ kind: 'corrupt', direction, afterBytes }, exchange, SHORT_MS),
    );
    const allowed: FailureReason[] = [...BROKEN_TLS, 'closed_early', 'tls_timeout', 'rpc_timeout'];
    const wrong = results.flatMap(({ result, outcome, struck }, index) => {
      const offset = offsets[index] as number;
      // The version in the record header is not looked at before the keys are agreed on, and a hello may lose an offer.
      const mayPass = offset < hello + 6 || offset >= endOfNeeded(ends) - SLACK_BYTES;
      const isRight = outcome === 'ok' ? mayPass : allowed.includes(outcome);
      return isRight && (struck || mayPass) ? [] : [`byte ${offset}: ${outcome} ${result.detail ?? ''}`];
    });
    assert.deepEqual(wrong, []);
  });
}

test('a record that is none, behind the handshake: tls_protocol, for the port did speak TLS', async (t) => {
  const exchange = await startExchange(t);
  const ends = (await measureRecords(exchange)).toClient;
  // The version of the second session ticket's record; the tickets come in one piece with the handshake's end.
  const fault = { kind: 'corrupt', direction: 'toClient', afterBytes: (ends.at(-4) as number) + 1 } as const;
  for (let round = 0; round < 20; round++) {
    const { result } = await pingUnder(fault, exchange, LONG_MS);
    assert.equal(result.reason, 'tls_protocol', `round ${round}: ${result.detail}`);
  }
});
