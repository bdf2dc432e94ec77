import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import { packResult, type ResultRow, unpackResult } from '../../src/model/resultRow.ts';
import { parseTarget } from '../../src/model/target.ts';

const URL_OF = 'dips://host.example.org:9135/System/Service';

/** Every value is another one, so that none can take the place of another. */
const WHOLE: ProbeResult = {
  target: URL_OF,
  ok: true,
  reason: 'rpc_error',
  detail: 'said no',
  encoding: 'json',
  version: '8.0.1',
  name: 'System/Service',
  serviceUptimeSeconds: 1,
  serviceStartTime: '2026-01-01T00:00:00.000Z',
  hostUptimeSeconds: 2,
  load: [3, 4, 5],
  address: '192.0.2.1',
  timingsMs: { dns: 6, connect: 7, tls: 8, rpc: 9, total: 10 },
  tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', peerNotAfter: '2027-01-01T00:00:00.000Z' },
};

/** As it travels. */
function travel(result: ProbeResult): ProbeResult {
  const row: ResultRow = deserialize(serialize(packResult(result)));
  return unpackResult(row, parseTarget(URL_OF));
}

test('a result is the same after its way between threads, field by field', () => {
  for (const result of [
    WHOLE,
    { ...WHOLE, tls: { ...(WHOLE.tls as NonNullable<ProbeResult['tls']>), peerNotAfter: null } },
    { ...WHOLE, tls: null },
    failedBeforeConnect(URL_OF, 'dns', 'does not resolve'),
  ]) {
    const arrived = travel(result);
    assert.deepEqual(arrived, result);
    assert.deepEqual(Object.keys(arrived).sort(), Object.keys(result).sort());
  }
});
