import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSpan } from '../../src/config/duration.ts';

const TIMES: [text: string, ms: number | null][] = [
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['24h', 86_400_000],
  ['0.001s', 1],
  ['1d', 86_400_000],
  ['25h', null],
  ['2d', null],
  ['0s', null],
  ['-1s', null],
  ['10', null],
  ['s', null],
  ['10 s', null],
  ['10S', null],
  ['1e3s', null],
  ['1.s', null],
  ['9999999s', null],
  ['10s ', null],
  ['', null],
];

for (const [text, ms] of TIMES) {
  test(`${JSON.stringify(text)} is ${ms === null ? 'no time' : `${ms} ms`}`, () =>
    assert.equal(parseDuration(text), ms));
}

const SPANS: [text: string, ms: number | null][] = [
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['366d', 31_622_400_000],
  ['367d', null],
  ['0d', null],
  ['1w', null],
];

for (const [text, ms] of SPANS) {
  test(`${JSON.stringify(text)} is ${ms === null ? 'no span' : `a span of ${ms} ms`}`, () =>
    assert.equal(parseSpan(text), ms));
}
