import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pingLine } from '../../src/influx/pingPoint.ts';
import { failedBeforeConnect, NO_FACTS, type ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
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
