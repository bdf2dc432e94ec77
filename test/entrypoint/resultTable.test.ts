import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSummary, formatTable } from '../../src/entrypoint/resultTable.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';

function result(target: string, totalMs: number, over: Partial<ProbeResult>): ProbeResult {
  const base = failedBeforeConnect(target, 'dns', '');
  return { ...base, ...over, timingsMs: { ...base.timingsMs, total: totalMs } };
}

function up(target: string, totalMs: number, version: string | null, serviceUptimeSeconds: number | null): ProbeResult {
  return result(target, totalMs, { ok: true, reason: null, detail: null, version, serviceUptimeSeconds });
}

function down(target: string, reason: FailureReason, detail: string | null): ProbeResult {
  return result(target, 0.04, { reason, detail });
}

test('columns are as wide as they must be, no line ends in blanks', () => {
  const table = formatTable([
    up('dips://a:1/A/B', 12.345, '8.0.55', 273_600),
    down('dip://longer.example.org:9135/A/B', 'refused', 'nobody\n there'),
    up('c', 1234.5, null, null),
  ]);
  assert.deepEqual(table.split('\n'), [
    '      target                                  time  service',
    'up    dips://a:1/A/B                       12.3 ms  8.0.55, up 3d 4h',
    'DOWN  dip://longer.example.org:9135/A/B     0.0 ms  refused: nobody there',
    'up    c                                  1234.5 ms  no version',
  ]);
});

for (const [seconds, text] of [
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m 0s'],
  [3599, '59m 59s'],
  [3600, '1h 0m'],
  [86_399, '23h 59m'],
  [86_400, '1d 0h'],
  [400 * 86_400 + 3600, '400d 1h'],
] as const) {
  test(`an uptime of ${seconds} s is ${text}`, () => {
    assert.match(formatTable([up('a', 1, 'v', seconds)]), new RegExp(`v, up ${text}$`));
  });
}

test('a long detail is cut, none is left out', () => {
  assert.match(formatTable([down('a', 'rpc_error', 'x'.repeat(500))]), /rpc_error: x{119}…$/);
  assert.match(formatTable([down('a', 'rpc_error', null)]), /rpc_error:$/);
});

test('what a service says commands no terminal', () => {
  const table = formatTable([
    down('a', 'rpc_error', '\x1b[31mred\x9b0m\rover'),
    up('b', 1, '\x1b]0;title\x07v9', null),
  ]);
  assert.match(table, /rpc_error: \[31mred 0m over\n.* \]0;title v9$/);
});

test('the summary counts the reasons in the order of their first', () => {
  assert.equal(formatSummary([up('a', 1, null, null)]), '1 ping: 1 up, 0 down');
  const results = [down('a', 'refused', ''), up('b', 1, null, null), down('c', 'dns', ''), down('d', 'refused', '')];
  assert.equal(formatSummary(results), '4 pings: 1 up, 3 down (2 refused, 1 dns)');
});
