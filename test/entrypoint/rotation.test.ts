import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createThrowAwayCa, type KeyPair } from '../../src/demo/pki.ts';
import { createProbe } from '../../src/engine/admission.ts';
import { startPingPool } from '../../src/engine/pools.ts';
import { followCredential } from '../../src/entrypoint/credentialFollow.ts';
import { prepareCredential } from '../../src/entrypoint/identity.ts';
import type { CredentialOptions } from '../../src/grid/credentialFiles.ts';
import type { CredentialFacts } from '../../src/http/metricsFacts.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { startWitness, type Witness } from './witness.ts';

/*
 * Everything a site replaces on disk is replaced while 50 pings a second are under way. None may fail, and what the service saw
 * of us, by its own account, tells when the new certificate was in use.
 */

const POLL_MS = 50;
const PING_EVERY_MS = 20;

const ca = await createThrowAwayCa();
const newCa = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=New CA');

function serialOf({ certPem }: KeyPair): string {
  return new X509Certificate(certPem).serialNumber;
}

interface Site {
  dir: string;
  witness: Witness;
  results: ProbeResult[];
  logged: { msg: string; fault?: string }[];
  facts(): CredentialFacts;
  /** Waits until the service has seen this certificate. */
  untilSeen(pair: KeyPair): Promise<void>;
  untilLogged(pattern: RegExp): Promise<void>;
  /** Waits for the pings under way. */
  untilAnswered(): Promise<unknown>;
  /** Waits until the newest ping found the service up. */
  untilUp(): Promise<void>;
}

/** A folder as `layOut` makes it, a service that notes who comes, and pings without a pause until the test ends. */
async function startSite(t: TestContext, layOut: (dir: string) => CredentialOptions): Promise<Site> {
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-rotation-'));
  const witness = await startWitness(await ca.issue(), [ca.caPem, newCa.caPem]);
  mkdirSync(join(dir, 'certificates'));
  writeFileSync(join(dir, 'certificates/0a0a0a0a.0'), ca.caPem);
  const options = { caDir: join(dir, 'certificates'), ...layOut(dir) };
  const logged: Site['logged'] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const prepared = await prepareCredential(options, 'host', () => {});
  const pool = startPingPool(prepared.credential, 2);
  // All go to one target, on a machine that may be too busy to answer each before the next.
  const probe = createProbe(pool, { maxPerTarget: pool.capacity });
  const follow = followCredential(prepared, pool.renew, log, POLL_MS);
  const results: ProbeResult[] = [];
  const underWay = new Set<Promise<unknown>>();
  let turn = 0;
  const timer = setInterval(() => {
    // Each its own deadline, or identical pings would share one.
    const ping = probe({ target: witness.target, timeoutMs: 5_000 + turn++ }).then((result) => {
      results.push(result);
      underWay.delete(ping);
    });
    underWay.add(ping);
  }, PING_EVERY_MS);
  t.after(async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    follow.close();
    await pool.close();
    await witness.close();
    rmSync(dir, { recursive: true });
    assert.deepEqual(
      results.filter(({ ok }) => !ok).map(({ reason, detail }) => `${reason}: ${detail}`),
      [],
    );
    assert.ok(results.length > 10, `${results.length} pings`);
  });
  const until = async (what: string, isTrue: () => boolean) => {
    for (let round = 0; round < 200; round++) {
      if (isTrue()) return;
      await delay(50);
    }
    assert.fail(`never: ${what}; the service saw ${witness.seen.slice(-3)}, the log says ${JSON.stringify(logged)}`);
  };
  return {
    dir,
    witness,
    results,
    logged,
    facts: () => follow.facts(),
    untilSeen: (pair) => until(`certificate ${serialOf(pair)}`, () => witness.seen.at(-1) === serialOf(pair)),
    untilAnswered: () => Promise.all(underWay),
    untilUp: () => until('an answer', () => results.at(-1)?.ok === true),
    untilLogged: (pattern) => until(`${pattern}`, () => logged.some((line) => pattern.test(JSON.stringify(line)))),
  };
}

function write(dir: string, name: string, text: string): void {
  writeFileSync(join(dir, name), text, { mode: 0o600 });
}

function writePair(dir: string, { certPem, keyPem }: KeyPair): void {
  write(dir, 'cert.pem', certPem);
  write(dir, 'key.pem', keyPem);
}

test('certificate and key by rename, one after the other', async (t) => {
  const [first, second] = await Promise.all([ca.issue(), ca.issue()]);
  const site = await startSite(t, (dir) => {
    writePair(dir, first);
    return { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  });
  await site.untilSeen(first);
  write(site.dir, 'cert.new', second.certPem);
  renameSync(join(site.dir, 'cert.new'), join(site.dir, 'cert.pem'));
  // Half of a pair: the old one stays in use, and that is said.
  await site.untilLogged(/is not the key of .*the old ones stay in use/);
  assert.equal(site.witness.seen.at(-1), serialOf(first));
  assert.deepEqual([site.facts().generation, site.facts().faults], [1, 1]);
  write(site.dir, 'key.new', second.keyPem);
  renameSync(join(site.dir, 'key.new'), join(site.dir, 'key.pem'));
  await site.untilSeen(second);
  await site.untilLogged(/credential renewed/);
  const { generation, notAfterMs } = site.facts();
  assert.equal(generation, 2);
  assert.equal(notAfterMs, new X509Certificate(second.certPem).validToDate.getTime());
});

test('a certificate that ends within a week is said in the log, at the start and at each renewal', async (t) => {
  const notAfter = new Date(Date.now() + 3 * 86_400_000);
  const [first, second] = await Promise.all([ca.issue({ notAfter }), ca.issue({ notAfter })]);
  const site = await startSite(t, (dir) => {
    writePair(dir, first);
    return { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  });
  const said = () => site.logged.filter(({ msg }) => /^our certificate \/C=XX.* ends at \d{4}-/.test(msg)).length;
  assert.equal(said(), 1);
  await site.untilSeen(first);
  writePair(site.dir, second);
  await site.untilSeen(second);
  assert.ok(said() > 1);
});

test('certificate and key written in place, half written for a while', async (t) => {
  const [first, second] = await Promise.all([ca.issue(), ca.issue()]);
  const site = await startSite(t, (dir) => {
    writePair(dir, first);
    return { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  });
  await site.untilSeen(first);
  write(site.dir, 'cert.pem', second.certPem.slice(0, 300));
  await site.untilLogged(/cert\.pem: expected a PEM certificate/);
  write(site.dir, 'cert.pem', '');
  writePair(site.dir, second);
  await site.untilSeen(second);
});

test('a proxy file by a swapped symlink', async (t) => {
  const [first, second] = await Promise.all([ca.issue(), ca.issue()]);
  const site = await startSite(t, (dir) => {
    write(dir, 'proxy.1', `${first.certPem}\n${first.keyPem}`);
    write(dir, 'proxy.2', `${second.certPem}\n${second.keyPem}`);
    symlinkSync('proxy.1', join(dir, 'proxy'));
    return { proxy: join(dir, 'proxy') };
  });
  await site.untilSeen(first);
  symlinkSync('proxy.2', join(site.dir, 'proxy.next'));
  renameSync(join(site.dir, 'proxy.next'), join(site.dir, 'proxy'));
  await site.untilSeen(second);
});

test('a mounted secret by the swap of its ..data folder', async (t) => {
  const [first, second] = await Promise.all([ca.issue(), ca.issue()]);
  const site = await startSite(t, (dir) => {
    for (const [name, pair] of [
      ['..1', first],
      ['..2', second],
    ] as const) {
      mkdirSync(join(dir, name));
      writePair(join(dir, name), pair);
    }
    symlinkSync('..1', join(dir, '..data'));
    symlinkSync('..data/cert.pem', join(dir, 'cert.pem'));
    symlinkSync('..data/key.pem', join(dir, 'key.pem'));
    return { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  });
  await site.untilSeen(first);
  symlinkSync('..2', join(site.dir, '..data_tmp'));
  renameSync(join(site.dir, '..data_tmp'), join(site.dir, '..data'));
  await site.untilSeen(second);
});

test('a new CA and its CRL: the service moves to a certificate of it', async (t) => {
  const [own, service] = await Promise.all([ca.issue(), newCa.issue()]);
  const site = await startSite(t, (dir) => {
    writePair(dir, own);
    return { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  });
  await site.untilSeen(own);
  // The CA first, then the service's certificate of it, as sites do.
  write(site.dir, 'certificates/0b0b0b0b.0', newCa.caPem);
  await site.untilLogged(/credential renewed/);
  await site.untilAnswered(); // pings under way keep the old CAs
  site.witness.show(service);
  await delay(200);
  const crl = await newCa.issueCrl({ revoked: [] });
  write(site.dir, 'certificates/0b0b0b0b.r0', crl);
  await delay(300);
  await site.untilUp();
});
