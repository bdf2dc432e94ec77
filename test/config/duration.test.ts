import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../src/config/duration.ts';

const TIMES: [text: string, ms: number | null][] = [
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['24h', 86_400_000],
  ['0.001s', 1],
  ['25h', null],
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
