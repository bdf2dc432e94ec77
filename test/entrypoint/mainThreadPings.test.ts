import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throwAwayCredential } from '../../src/demo/pki.ts';
import { createProbe } from '../../src/engine/admission.ts';
import { startMainThreadPings } from '../../src/entrypoint/mainThreadPings.ts';
import { parseTarget } from '../../src/model/target.ts';
import { createPki, dipsService } from '../peers.ts';

/* `serve` without ping threads: the pool's part in this thread. */

const SERVICE = 'Framework/Here';
const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };
const task = (port: number, timeoutMs = 8_000) => ({
  target: parseTarget(`dips://127.0.0.1:${port}/${SERVICE}`),
  timeoutMs,
});

test('pings, counts what is under way, and takes a renewed credential for the next ones', async (t) => {
  const other = await createPki();
  const pool = startMainThreadPings(pki.credential);
  t.after(() => pool.close());
  const slow = await dipsService(t, { service: SERVICE, tls, delayMs: 300 });
  const underWay = pool.run(task(slow));
  assert.deepEqual(pool.facts().inFlight, [1]);
  pool.renew(other.credential);
  const renewed = await pool.run(task(slow));
  assert.equal(renewed.reason, 'tls_cert_untrusted', 'of another CA');
  assert.equal((await underWay).ok, true, 'what is under way keeps the old one');
  assert.deepEqual(pool.facts().inFlight, [0]);
});

test('what is under way when it is closed is overload, at once, and so is what comes after', async (t) => {
  const pool = startMainThreadPings(pki.credential);
  const probe = createProbe(pool);
  const port = await dipsService(t, { service: SERVICE, tls, delayMs: 60_000 });
  const cut = probe(task(port, 2_000));
  await pool.close();
  for (const { reason, detail } of [await cut, await probe(task(port))]) {
    assert.equal(reason, 'overload');
    assert.match(`${detail}`, /LaneLost: the prober stops$/);
  }
});

test('with a credential that is none it lives on, and says so', async (t) => {
  const pool = startMainThreadPings(throwAwayCredential({ certPem: 'no', keyPem: 'no' }, { caPem: '' }));
  t.after(() => pool.close());
  assert.equal((await pool.run(task(9135))).reason, 'no_credentials');
});
