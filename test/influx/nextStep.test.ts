import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LaneState, nextStep } from '../../src/influx/nextStep.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** A server that is there, a spool that works, nothing to do. */
const IDLE: LaneState = {
  nowMs: 100,
  phase: 'open',
  hasSpool: true,
  dueAtMs: NEVER,
  spooled: 0,
  failures: 0,
  retryAtMs: NEVER,
  drainAtMs: 0,
  spoolAtMs: 0,
  wasFresh: false,
};
const AWAY: LaneState = { ...IDLE, failures: 1, retryAtMs: 500 };
const wait = (untilMs: number) => ({ kind: 'wait', untilMs });

const STEPS: [string, LaneState, object][] = [
  ['nothing to do', IDLE, wait(NEVER)],
  ['a batch that is not due', { ...IDLE, dueAtMs: 200 }, wait(200)],
  ['a batch that is due', { ...IDLE, dueAtMs: 100 }, { kind: 'write' }],
  ['something in the spool', { ...IDLE, spooled: 1 }, { kind: 'drain' }],
  ['both: what is new first', { ...IDLE, dueAtMs: 100, spooled: 1 }, { kind: 'write' }],
  ['both, after a new one: the spool', { ...IDLE, dueAtMs: 100, spooled: 1, wasFresh: true }, { kind: 'drain' }],
  ['the rate of the spool', { ...IDLE, spooled: 1, drainAtMs: 150, dueAtMs: 200 }, wait(150)],
  ['a spool that cannot be read', { ...IDLE, spooled: 1, spoolAtMs: 900, dueAtMs: NEVER }, wait(900)],
  ['closing: at once', { ...IDLE, phase: 'closing', dueAtMs: 200, spooled: 1 }, { kind: 'write' }],
  ['closing: the spool stays', { ...IDLE, phase: 'closing', spooled: 1 }, { kind: 'end' }],
  ['away, nothing held', AWAY, wait(NEVER)],
  ['away: due batches to the spool', { ...AWAY, dueAtMs: 100 }, { kind: 'spool' }],
  ['away: batches that are not due', { ...AWAY, dueAtMs: 200 }, wait(200)],
  ['away, and not yet time to try', { ...AWAY, spooled: 1 }, wait(500)],
  ['away, and time: the oldest of the spool', { ...AWAY, spooled: 1, retryAtMs: 100 }, { kind: 'drain' }],
  ['away, and time, and a due batch', { ...AWAY, dueAtMs: 0, spooled: 1, retryAtMs: 100 }, { kind: 'drain' }],
  ['away, time, a due batch and an empty spool', { ...AWAY, dueAtMs: 0, retryAtMs: 100 }, { kind: 'spool' }],
  ['away without a spool', { ...AWAY, hasSpool: false, dueAtMs: 0 }, wait(500)],
  ['away without a spool, and time', { ...AWAY, hasSpool: false, dueAtMs: 0, retryAtMs: 100 }, { kind: 'write' }],
  ['away, the spool failed', { ...AWAY, dueAtMs: 0, spoolAtMs: 300 }, wait(300)],
  [
    'away, the spool failed, and time',
    { ...AWAY, dueAtMs: 0, spooled: 1, spoolAtMs: 300, retryAtMs: 100 },
    { kind: 'write' },
  ],
  ['closing, away: to the spool', { ...AWAY, phase: 'closing', dueAtMs: 999 }, { kind: 'spool' }],
  ['closing, away, the spool failed', { ...AWAY, phase: 'closing', dueAtMs: 0, spoolAtMs: 300 }, { kind: 'end' }],
  ['closing without a spool: tried twice', { ...AWAY, phase: 'closing', hasSpool: false, dueAtMs: 0 }, wait(500)],
  ['and given up', { ...AWAY, phase: 'closing', hasSpool: false, dueAtMs: 0, failures: 2 }, { kind: 'end' }],
  ['over: to the spool, though the server is there', { ...IDLE, phase: 'over', dueAtMs: 0 }, { kind: 'spool' }],
  ['over without a spool', { ...IDLE, phase: 'over', hasSpool: false, dueAtMs: 0 }, { kind: 'end' }],
];
for (const [name, state, step] of STEPS) test(name, () => assert.deepEqual(nextStep(state), step));

test('whatever the state: no wait is for the past, and nothing is taken from where nothing is', () => {
  const timeMs = fc.constantFrom(0, 100, 200, 300, NEVER);
  const states: fc.Arbitrary<LaneState> = fc.record({
    nowMs: fc.constant(100),
    phase: fc.constantFrom('open', 'closing', 'over'),
    hasSpool: fc.boolean(),
    dueAtMs: fc.oneof(timeMs, fc.constant(Number.NEGATIVE_INFINITY)),
    spooled: fc.nat(1),
    failures: fc.nat(3),
    retryAtMs: timeMs,
    drainAtMs: fc.constantFrom(0, 200),
    spoolAtMs: fc.constantFrom(0, 300),
    wasFresh: fc.boolean(),
  });
  fc.assert(
    fc.property(states, (any) => {
      const state = { ...any, spooled: any.hasSpool ? any.spooled : 0 };
      const step = nextStep(state);
      if (step.kind === 'wait') assert.ok(step.untilMs > state.nowMs);
      if (step.kind === 'write' || step.kind === 'spool') assert.ok(state.dueAtMs < NEVER);
      if (step.kind === 'drain') assert.ok(state.spooled > 0);
      if (step.kind === 'end') assert.notEqual(state.phase, 'open');
      if (state.phase === 'over') assert.ok(step.kind === 'end' || step.kind === 'spool');
    }),
    { numRuns: 3000 },
  );
});
