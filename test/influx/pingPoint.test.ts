import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pingLine } from '../../src/influx/pingPoint.ts';
import { failedBeforeConnect, NO_FACTS, type ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
import { formatPoint } from './formatPoint.ts';
import { readLines } from './referenceParser.ts';

const UP: ProbeResult = {
  ...NO_FACTS,
  target: 'dips://node-1.example.org:9197/DataManagement/FileCatalog',
  ok: true,
  reason: null,
  detail: null,
  encoding: 'json',
  address: '10.0.0.1',
  serviceUptimeSeconds: 86_400,
  timingsMs: { dns: 0.5, connect: 1, tls: 12.25, rpc: 3, total: 16.75 },
  tls: null,
};

function lineOf(result: ProbeResult, timeMs: number): string {
  return pingLine(parseTarget(result.target), result, timeMs);
}

test('a ping that succeeded', () => {
  assert.equal(
    lineOf(UP, 1_795_502_180_000.5),
    'dips_ping,host=node-1.example.org,port=9197,service=DataManagement/FileCatalog ' +
      'up=1i,total_ms=16.75,dns_ms=0.5,connect_ms=1,tls_ms=12.25,rpc_ms=3,service_uptime=86400i 1795502180000500000\n',
  );
});

test('a ping that failed carries its reason, and only what is known', () => {
  const failed = failedBeforeConnect('dip://[::1]:9197/Framework/Monitoring', 'overload', 'too many, really');
  assert.deepEqual(readLines(lineOf(failed, 1)), [
    {
      measurement: 'dips_ping',
      tags: { host: '::1', port: '9197', reason: 'overload', service: 'Framework/Monitoring' },
      fields: { up: { integer: 0n }, total_ms: { float: 0 } },
      timeNs: 1_000_000n,
    },
  ]);
});

test('DiracX has no service, and so no tag for it', () => {
  const point = lineOf({ ...UP, target: 'diracx+https://diracx.example.org:443', serviceUptimeSeconds: null }, 1);
  assert.match(point, /^dips_ping,host=diracx\.example\.org,port=443 up=1i,/);
});

test('the line is the one that the slow way writes of the same point', () => {
  const ms = fc.double({ min: 0, max: 100_000, noNaN: true });
  const known = fc.option(ms);
  const results = fc.record({ dns: known, connect: known, tls: known, rpc: known, total: ms });
  const uptimes = fc.option(fc.oneof(fc.maxSafeNat(), fc.double({ min: -1e20, max: 1e20 })));
  // Not the first millisecond of 1970: the zeros that make nanoseconds are appended, and 0 becomes 0000, which reads as the same time.
  const times = fc.integer({ min: 1, max: 4_102_444_800_000 });
  fc.assert(
    fc.property(results, uptimes, times, (timingsMs, serviceUptimeSeconds, timeMs) => {
      const { dns, connect, tls, rpc, total } = timingsMs;
      const fields = [
        ['up', 1],
        ['total_ms', { float: total }],
        ['dns_ms', dns === null ? null : { float: dns }],
        ['connect_ms', connect === null ? null : { float: connect }],
        ['tls_ms', tls === null ? null : { float: tls }],
        ['rpc_ms', rpc === null ? null : { float: rpc }],
        ['service_uptime', serviceUptimeSeconds],
      ].filter(([, value]) => value !== null);
      const point = formatPoint({
        measurement: 'dips_ping',
        tags: { host: 'node-1.example.org', port: '9197', service: 'DataManagement/FileCatalog' },
        fields: Object.fromEntries(fields),
        timeNs: BigInt(timeMs) * 1_000_000n,
      });
      assert.equal(lineOf({ ...UP, timingsMs, serviceUptimeSeconds }, timeMs), point);
    }),
  );
});
