import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advanceCursor,
  afterAnswer,
  nextQuestion,
  type SourceProgress,
  startProgress,
} from '../../src/cadvisor/cursor.ts';
import { parseTimeNs } from '../../src/cadvisor/time.ts';
import { chooseSamples } from './oracleSamples.ts';

const SECOND_NS = 1_000_000_000n;
/** 2026-11-24T06:36:20Z. */
const NOON_NS = 1_795_502_180n * SECOND_NS;

test('the first question of all is for the newest sample alone', () => {
  assert.deepEqual(nextQuestion(startProgress('docker', null), 5_000), { numStats: 1, start: null });
});

test('the next is for what came since: after the newest sample, as many as there are seconds and two', () => {
  const first = afterAnswer(startProgress('machine', null), 'machine', answer([['/', NOON_NS + 5n]]), 1_000);
  assert.deepEqual(nextQuestion(first, 11_000), { numStats: 12, start: '2026-11-24T06:36:20.000000006Z' });
  assert.deepEqual(nextQuestion(first, 11_001).numStats, 13);
  assert.deepEqual(nextQuestion(first, 10_000_000).numStats, 120, 'cAdvisor keeps no more');
});

test('of several containers the one that was sampled longest ago says the start, unless that is long gone', () => {
  const start = (...newest: [string, bigint][]) =>
    nextQuestion(afterAnswer(startProgress('docker', null), 'docker', answer(newest), 0), 10_000).start;
  assert.equal(start(['a', NOON_NS], ['idle', NOON_NS - 40n * SECOND_NS]), '2026-11-24T06:35:40.000000001Z');
  assert.equal(start(['a', NOON_NS], ['gone', NOON_NS - 61n * SECOND_NS]), '2026-11-24T06:36:19.000000001Z');
  assert.equal(start(['a', NOON_NS], ['b', NOON_NS - 5n]), '2026-11-24T06:36:19.000000001Z', 'for new containers');
  assert.equal(start(), null);
});

test('after an answer with nothing new there is no start: the clock may have been set back', () => {
  const first = afterAnswer(startProgress('machine', null), 'machine', answer([['/', NOON_NS]]), 0);
  const empty = afterAnswer(first, 'machine', { newest: new Map([['/', NOON_NS]]), samples: 0 }, 10_000);
  assert.deepEqual(nextQuestion(empty, 20_000), { numStats: 12, start: null });
});

test('another process goes on from a stored cursor: all that cAdvisor keeps, after what was sent', () => {
  const stored = startProgress('machine', new Map([['/', NOON_NS]]));
  assert.deepEqual(nextQuestion(stored, 0), { numStats: 120, start: '2026-11-24T06:36:20.000000001Z' });
  assert.deepEqual(nextQuestion(startProgress('docker', new Map()), 0), { numStats: 120, start: null });
});

test('a time before 1970 is no start', () => {
  const first = afterAnswer(startProgress('machine', null), 'machine', answer([['/', -1n]]), 0);
  assert.equal(nextQuestion(first, 1_000).start, null);
});

test('a node that names ever new containers is remembered only so far', () => {
  let cursor = new Map<string, bigint>() as ReadonlyMap<string, bigint>;
  for (let round = 0; round < 20; round++) {
    const newest = Array.from({ length: 1_000 }, (_, index) => [`c${round}-${index}`, NOON_NS] as const);
    cursor = advanceCursor(cursor, new Map(newest));
  }
  assert.equal(cursor.size, 10_000);
  assert.ok(cursor.has('c19-999'), 'the newest answer is whole');
});

/** A container that is sampled whenever `steps` say, in seconds, from its first sample on; each can be read `lateS` after its time. */
interface Life {
  bornS: number;
  lateS: number;
  steps: number[];
}

test('whatever the steps, births and rounds: asked so, each sample is taken once and none is left out', () => {
  const life = fc.record({
    bornS: fc.nat(100),
    lateS: fc.constantFrom(0, 0.4, 0.8),
    steps: fc.array(fc.integer({ min: 1, max: 55 }), { maxLength: 120 }),
  });
  const lives = fc.array(life, { minLength: 1, maxLength: 6 });
  const rounds = fc.array(fc.record({ afterS: fc.integer({ min: 1, max: 20 }), isAnswered: fc.boolean() }), {
    minLength: 2,
    maxLength: 40,
  });
  fc.assert(
    fc.property(lives, rounds, (containers, times) => {
      const kept = containers.map((life) => ({ all: samplesOf(life), lateS: life.lateS }));
      let progress: SourceProgress = startProgress('docker', null);
      const sent: string[] = [];
      let nowS = 0.5;
      let unansweredS = 0;
      let firstS: number | null = null;
      let lastS = 0;
      for (const { afterS, isAnswered } of times) {
        nowS += afterS;
        unansweredS += afterS;
        if (!isAnswered && unansweredS < 100) continue;
        unansweredS = 0;
        const { numStats, start } = nextQuestion(progress, nowS * 1000);
        const startS = start === null ? 0 : Number((parseTimeNs(start) as bigint) - NOON_NS) / 1e9;
        const newest = new Map<string, bigint>();
        let samples = 0;
        for (const [index, { all, lateS }] of kept.entries()) {
          const given = all.filter((s) => s + lateS <= nowS && s >= startS && s > nowS - 120).slice(-numStats);
          const stats = given.map((s) => ({
            timestamp: new Date(Number(NOON_NS / 1_000_000n) + s * 1000).toISOString(),
          }));
          if (!all.some((s) => s + lateS <= nowS)) continue;
          const choice = chooseSamples(stats, progress.cursor, `c${index}`);
          for (const { timeNs } of choice.samples) sent.push(`c${index} ${Number(timeNs - NOON_NS) / 1e9}`);
          samples += choice.samples.length;
          if (choice.newestNs !== null) newest.set(`c${index}`, choice.newestNs);
        }
        progress = afterAnswer(progress, 'docker', { newest, samples }, nowS * 1000);
        firstS ??= nowS;
        lastS = nowS;
      }
      assert.equal(new Set(sent).size, sent.length, 'none twice');
      const expected = kept.flatMap(({ all, lateS }, index) =>
        all.filter((s) => firstS !== null && s + lateS > firstS && s + lateS <= lastS).map((s) => `c${index} ${s}`),
      );
      const missing = expected.filter((each) => !sent.includes(each));
      assert.deepEqual(missing, []);
    }),
    { numRuns: 1_000, seed: 5 },
  );
});

/** Whole seconds after noon. */
function samplesOf({ bornS, steps }: Life): number[] {
  let at = bornS;
  return [bornS, ...steps.map((step) => (at += step))];
}

function answer(newest: [string, bigint][]) {
  return { newest: new Map(newest), samples: newest.length };
}
