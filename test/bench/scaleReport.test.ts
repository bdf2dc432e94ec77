import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slope } from '../../bench/minutes.ts';
import { quantile, runInLanes, takeRounds } from '../../bench/rounds.ts';
import { judgeScale, type Minute } from '../../bench/scaleReport.ts';
import { judgeRatio } from '../../bench/verdict.ts';

const MINUTE: Minute = {
  ok: 300,
  overload: 0,
  failed: 0,
  overruns: 0,
  loopDelayP99Ms: 2,
  rssMegabytes: 200,
  fds: 40,
  cpuCores: 0.5,
  clusterCpuCores: 0.2,
};
const ON_PLACE = { pings: 90, minGapMs: 19_500, maxGapMs: 20_500 };
const RUN = { machine: 'one', targets: 100, intervalMs: 20_000, arrivals: Array(100).fill(ON_PLACE) };

test('a run of half an hour in which all was well meets every demand', () => {
  const verdicts = judgeScale({ ...RUN, minutes: Array(30).fill(MINUTE) });
  assert.deepEqual(
    verdicts.filter(({ met }) => met !== true),
    [],
  );
});

test('what fills in the first five minutes is no rise', () => {
  const minutes = Array.from({ length: 30 }, (_, at) => ({ ...MINUTE, rssMegabytes: at < 5 ? 100 : 200 }));
  const verdicts = judgeScale({ ...RUN, minutes });
  assert.equal(verdicts.find(({ what }) => what === 'RSS rises by')?.met, true);
});

test('a short run does not say whether memory is flat', () => {
  const verdicts = judgeScale({ ...RUN, minutes: [MINUTE, MINUTE] });
  assert.deepEqual(
    verdicts.filter(({ met }) => met === null).map(({ what }) => what),
    ['RSS rises by', 'descriptors rise by'],
  );
});

for (const [fault, over] of [
  ['each target probed once per interval ± 5 %', { arrivals: [...RUN.arrivals, { ...ON_PLACE, maxGapMs: 21_001 }] }],
  ['each target probed once per interval ± 5 %', { arrivals: [{ pings: 1, minGapMs: 0, maxGapMs: 0 }] }],
  ['pings answered', { minutes: Array(30).fill({ ...MINUTE, overload: 1 }) }],
  ['pings answered', { minutes: Array(30).fill({ ...MINUTE, ok: 280 }) }],
  [
    'event-loop delay, p99 of the worst minute',
    { minutes: [...Array(29).fill(MINUTE), { ...MINUTE, loopDelayP99Ms: 21 }] },
  ],
  ['RSS rises by', { minutes: Array.from({ length: 30 }, (_, at) => ({ ...MINUTE, rssMegabytes: 200 + at })) }],
] as const) {
  test(`not met: ${fault}, with ${JSON.stringify(over).slice(0, 60)}`, () => {
    const verdicts = judgeScale({ ...RUN, minutes: Array(30).fill(MINUTE), ...over } as never);
    assert.deepEqual(
      verdicts.filter(({ met }) => met === false).map(({ what }) => what),
      [fault],
    );
  });
}

test('the slope is that of the line that fits best', () => {
  assert.equal(slope([5, 7, 9, 11]), 2);
  assert.equal(slope([4, 4, 4]), 0);
  assert.equal(slope([0, 3, 0]), 0);
});

test('rounds take turns, the first does not count, and medians are told', async () => {
  const turns: string[] = [];
  const variant = (name: string, values: number[]) => () => {
    turns.push(name);
    return { cpuUs: values.shift() as number };
  };
  const medians = await takeRounds({ a: variant('a', [99, 1, 3, 2]), b: variant('b', [0, 5, 5, 50]) }, 3);
  assert.equal(turns.join(''), 'abababab');
  assert.deepEqual(medians, { a: { cpuUs: 2 }, b: { cpuUs: 5 } });
});

test('lanes run as many as asked, never more at a time than there are', async () => {
  let underWay = 0;
  let most = 0;
  const durationsMs = await runInLanes(10, 3, async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
  });
  assert.deepEqual([durationsMs.length, most], [10, 3]);
});

test('quantiles and ratios', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2], 0.99), 2);
  assert.equal(judgeRatio('x', 12, 10, 1.2, 'µs').met, true);
  assert.equal(judgeRatio('x', 12.1, 10, 1.2, 'µs').met, false);
});
