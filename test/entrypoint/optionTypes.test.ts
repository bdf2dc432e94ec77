import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOption, durationOption, listenOption, workersOption } from '../../src/entrypoint/optionTypes.ts';

test('option values, and the usage errors of those that are none', () => {
  assert.equal(durationOption('2s'), 2000);
  assert.throws(() => durationOption('2'), { message: 'expected a time such as 500ms, 10s or 2m' });
  assert.deepEqual([countOption('1'), countOption('10000')], [1, 10_000]);
  for (const text of ['0', '10001', '-1', '1.5', '1e3', 'x', '']) {
    assert.throws(() => countOption(text), { message: 'expected a whole number from 1 to 10000' }, text);
  }
  assert.deepEqual([workersOption('0'), workersOption('64')], [0, 64]);
  for (const text of ['65', '-1', '1.5', '']) {
    assert.throws(() => workersOption(text), { message: 'expected a whole number from 0 to 64' }, text);
  }
  assert.deepEqual(listenOption('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.throws(() => listenOption('here'), { message: 'expected address:port, such as 127.0.0.1:1234' });
});
