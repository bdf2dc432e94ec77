import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openPage } from '../../src/engine/targetPage.ts';
import { follow, gradeResult, type Standing } from '../../src/engine/targetState.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import { DEFAULT_LIMITS, type StateLimits } from '../../src/model/stateLimits.ts';

const URL = 'dips://a.example.org:9135/A/B';
const NOW_MS = Date.parse('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;
const LIMITS: StateLimits = { ...DEFAULT_LIMITS, degradedOverMs: 1_000 };

function up(totalMs = 20, peerNotAfter: string | null = null): ProbeResult {
  const base = failedBeforeConnect(URL, 'dns', '');
  const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', peerNotAfter };
  const timingsMs = { ...base.timingsMs, total: totalMs };
  return { ...base, ok: true, reason: null, detail: null, timingsMs, tls };
}

function down(reason: FailureReason = 'refused'): ProbeResult {
  return failedBeforeConnect(URL, reason, `for ${reason}`);
}

const GRADES: [
  name: string,
  result: ProbeResult,
  limits: Partial<StateLimits>,
  state: string,
  reason: string | null,
][] = [
  ['healthy', up(), {}, 'up', null],
  ['as slow as allowed', up(1_000), {}, 'up', null],
  ['slower', up(1_000.1), {}, 'degraded', 'slow'],
  ['slow, where nothing is said of that', up(9_000), { degradedOverMs: null }, 'up', null],
  ['certificate of 8 days', up(20, '2026-12-02T12:00:00.000Z'), {}, 'up', null],
  ['certificate of 6 days', up(20, '2026-11-30T12:00:00.000Z'), {}, 'degraded', 'certificate_expiry'],
  ['the same, with a shorter warning', up(20, '2026-11-30T12:00:00.000Z'), { certificateWarnMs: DAY_MS }, 'up', null],
  ['the same, without any', up(20, '2026-11-30T12:00:00.000Z'), { certificateWarnMs: null }, 'up', null],
  ['both: the one that is now', up(2_000, '2026-11-30T12:00:00.000Z'), {}, 'degraded', 'slow'],
  ['failed', down('tls_timeout'), {}, 'down', 'tls_timeout'],
];

for (const [name, result, limits, state, reason] of GRADES) {
  test(`the grade of a result: ${name}`, () => {
    const grade = gradeResult(result, { ...LIMITS, ...limits }, NOW_MS);
    assert.deepEqual([grade.state, grade.reason], [state, reason]);
    assert.equal(grade.detail === null, state === 'up');
  });
}

/** Results: `+` healthy, `s` slow, `-` refused, `o` overload, `f` forbidden_target, `n` no_credentials. */
const RESULTS: Record<string, ProbeResult> = {
  '+': up(),
  s: up(2_000),
  '-': down(),
  o: down('overload'),
  f: down('forbidden_target'),
  n: down('no_credentials'),
};

/** What the state is after each result: U, G (degraded), D, and `.` for none yet. */
const SEQUENCES: [results: string, states: string, failuresBeforeDown: number, successesBeforeUp: number][] = [
  // The first result is taken as it is.
  ['+', 'U', 3, 3],
  ['s', 'G', 3, 3],
  ['-', 'D', 3, 3],
  // At once, where nothing else is asked for.
  ['+-+s-s+', 'UDUGDGU', 1, 1],
  // Down after failures in a row, from up and from degraded.
  ['+-+--+---+', 'UUUUDUUDDU', 2, 1],
  ['s-s--', 'GGGGD', 2, 1],
  ['+-+--+---', 'UUUUUUUUD', 3, 1],
  // Degraded after as many that were not healthy; one single failure among them is not the last word.
  ['+s+ss', 'UUUUG', 2, 1],
  ['+-s', 'UUG', 2, 1],
  ['+s-', 'UUU', 2, 1],
  ['+s--', 'UUUD', 2, 1],
  // Better again after successes in a row.
  ['--+-++', 'DDDDDU', 1, 2],
  ['--s+', 'DDDU', 1, 2],
  ['--+s', 'DDDG', 1, 2],
  ['s+s++', 'GGGGU', 1, 2],
  ['+--++', 'UUDDU', 2, 2],
  // Of our own making: nothing begins anew, nothing goes on.
  ['ofn', '...', 1, 1],
  ['+o-', 'UUD', 1, 1],
  ['+-o-', 'UUUD', 2, 1],
  ['+-fnoo+-', 'UUUUUUUU', 2, 1],
  ['--o+o+', 'DDDDDU', 1, 2],
];

for (const [results, states, failuresBeforeDown, successesBeforeUp] of SEQUENCES) {
  test(`${results} with ${failuresBeforeDown} and ${successesBeforeUp}: ${states}`, () => {
    const page = openPage(URL, { ...LIMITS, failuresBeforeDown, successesBeforeUp });
    const letters = { up: 'U', degraded: 'G', down: 'D' };
    let seen = '';
    let told = '.';
    for (const letter of results) {
      const transition = page.record(RESULTS[letter] as ProbeResult, { nowMs: NOW_MS, endedMs: 0 });
      const { state } = page.status;
      seen += state === null ? '.' : letters[state];
      if (transition) {
        assert.equal(transition.from === null ? '.' : letters[transition.from], told);
        told = letters[transition.to];
      }
      assert.equal(told, seen.at(-1), 'a change that no transition tells of');
    }
    assert.equal(seen, states);
  });
}

test('whatever comes: down only after that many failures in a row, down ends only after that many answers', () => {
  const letters = fc.array(fc.constantFrom('+', 's', '-'), { minLength: 1, maxLength: 60 });
  const limits = fc.record({
    failuresBeforeDown: fc.integer({ min: 1, max: 5 }),
    successesBeforeUp: fc.integer({ min: 1, max: 5 }),
  });
  const property = fc.property(letters, limits, (results, { failuresBeforeDown, successesBeforeUp }) => {
    let standing: Standing | null = null;
    for (const [at, letter] of results.entries()) {
      const before: Standing | null = standing;
      const grade = gradeResult(RESULTS[letter] as ProbeResult, LIMITS, NOW_MS);
      standing = follow(before, grade, { ...LIMITS, failuresBeforeDown, successesBeforeUp });
      if (before === null) continue;
      const lastOnes = (count: number) => results.slice(Math.max(0, at + 1 - count), at + 1);
      const isDown = (each: string) => each === '-';
      if (before.state !== 'down' && standing.state === 'down') {
        assert.ok(at + 1 >= failuresBeforeDown && lastOnes(failuresBeforeDown).every(isDown));
      }
      if (before.state === 'down' && standing.state !== 'down') {
        assert.ok(!lastOnes(successesBeforeUp).some(isDown));
      }
      if (before.state !== 'down' && lastOnes(failuresBeforeDown).every(isDown) && at + 1 >= failuresBeforeDown) {
        assert.equal(standing.state, 'down');
      }
    }
  });
  fc.assert(property, { seed: 20_261_124, numRuns: 2_000 });
});

test('the page: times, reasons and details of what is now', () => {
  const page = openPage(URL, LIMITS);
  const nothing = { target: URL, state: null, sinceMs: null, reason: null, result: null, resultAtMs: null };
  assert.deepEqual([page.status, page.endedMs], [nothing, null]);
  assert.equal(page.record(down('overload'), { nowMs: 1, endedMs: 1 }), null);
  assert.deepEqual(page.status, nothing);

  const first = up();
  assert.deepEqual(page.record(first, { nowMs: 1_000, endedMs: 10 }), {
    target: URL,
    from: null,
    to: 'up',
    atMs: 1_000,
    reason: null,
    detail: null,
  });
  assert.equal(page.record(down(), { nowMs: 2_000, endedMs: 20 }), null);
  const { result: newest, ...rest } = page.status;
  assert.deepEqual(rest, { target: URL, state: 'up', sinceMs: 1_000, reason: null, resultAtMs: 2_000 });
  assert.deepEqual(newest, down(), 'the newest result, though the state waits for the next');
  assert.deepEqual(page.record(down('dns'), { nowMs: 3_000, endedMs: 30 }), {
    target: URL,
    from: 'up',
    to: 'down',
    atMs: 3_000,
    reason: 'dns',
    detail: 'for dns',
  });
  assert.equal(page.record(down('refused'), { nowMs: 4_000, endedMs: 40 }), null);
  assert.deepEqual([page.status.sinceMs, page.status.reason, page.endedMs], [3_000, 'refused', 40]);
  page.setLimits({ ...LIMITS, successesBeforeUp: 3 });
  assert.equal(page.record(up(), { nowMs: 5_000, endedMs: 50 }), null);
  assert.deepEqual([page.status.state, page.status.reason], ['down', 'refused']);
});
