import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFront } from '../../src/http/front.ts';
import type { MetricsFacts } from '../../src/http/metrics.ts';

test('/metrics shows the facts of the moment in Prometheus text form', async (t) => {
  let facts: MetricsFacts = { credential: null, pings: new Map() };
  const ping = () => Promise.reject(new Error('not asked'));
  const front = await startFront({ host: '127.0.0.1', port: 0, ping, metrics: () => facts });
  t.after(() => front.close());
  const scrape = async () => {
    const answer = await fetch(`${front.url}/metrics`, { headers: { connection: 'close' } });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    return (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  assert.deepEqual(await scrape(), []);
  facts = {
    credential: { generation: 3, faults: 1, notAfterMs: 1_800_000_000_000, badCrls: 2 },
    pings: new Map([
      ['ok', 7],
      ['refused', 2],
    ]),
  };
  for (const round of [1, 2]) {
    assert.deepEqual(
      (await scrape()).sort(),
      [
        'dips_probe_bad_crls 2',
        'dips_probe_credential_faults_total 1',
        'dips_probe_credential_generation 3',
        'dips_probe_credential_not_after_seconds 1800000000',
        'dips_probe_pings_total{reason="ok"} 7',
        'dips_probe_pings_total{reason="refused"} 2',
      ],
      `scrape ${round}`,
    );
  }
});
