import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { buildAnonymousIdentity } from '../../src/dips/identity.ts';
import { createHttpsPinger } from '../../src/https/httpsPinger.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { dipsProbe, pingJson } from './rig/dipsProbe.ts';
import { startDirac } from './rig/dirac.ts';
import { bringDirac, type DiracRelease } from './rig/diracInstall.ts';
import { type KeyPair, makeGridPki } from './rig/pki.ts';
import { bringTornado, startTornado } from './rig/tornado.ts';

/* Services of DIRAC's Tornado server, and what either kind of service makes of the other kind of ping. */

const pki = await makeGridPki();
const RELEASES: DiracRelease[] = ['9.1', '8.0', '7.3'];

const rigs: Awaited<ReturnType<typeof startRig>>[] = [];
for (const release of RELEASES) rigs.push(await startRig(release));

async function startRig(release: DiracRelease) {
  const install = await bring(`DIRAC ${release} with Tornado`, async () => bringTornado(await bringDirac(release)));
  return start(install, async (venv) => {
    const [web, misnamed, dips] = await Promise.all([
      startTornado(venv, pki),
      startTornado(venv, pki, pki.hostOther),
      startDirac(venv, pki),
    ]);
    after(() => Promise.all([web.stop(), misnamed.stop(), dips.stop()]));
    const webUrl = (service: string, port = web.port) => `https://localhost:${port}/Framework/${service}`;
    return { web, misnamed, dips, webUrl };
  });
}

const show = ({ cert, key }: KeyPair, caDir = pki.caDir) => ['--cert', cert, '--key', key, '--ca-dir', caDir];
const asHost = show(pki.host);

/** Pings and asserts the reason and exit code 1; returns the detail. */
async function failure(url: string, args: string[], reason: FailureReason): Promise<string> {
  const { result, code } = await pingJson(url, args);
  assert.deepEqual({ ok: result.ok, reason: result.reason, code }, { ok: false, reason, code: 1 }, `${result.detail}`);
  return result.detail as string;
}

for (const [index, release] of RELEASES.entries()) {
  const rig = rigs[index] as (typeof rigs)[number];

  testWith(
    rig,
    `Tornado of DIRAC ${release}: up, and the second ping uses the connection of the first`,
    async (running) => {
      const url = running.webUrl('RigWeb');
      const { code, stdout } = await dipsProbe(['ping', '--json', '--count', '2', url, ...asHost]);
      const results = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ProbeResult);
      const [first, second] = results as [ProbeResult, ProbeResult];
      assert.deepEqual([code, results.length], [0, 2], stdout);
      for (const result of results) {
        assert.deepEqual(
          [result.ok, result.name, result.encoding],
          [true, 'Framework/RigWeb', 'json'],
          `${result.detail}`,
        );
        assert.ok(result.version?.startsWith(release), `${result.version} is a release of ${release}`);
        assert.equal(result.load?.length, 3);
        assert.ok(Date.parse(`${result.serviceStartTime}`) <= Date.now());
      }
      assert.deepEqual(
        [typeof first.timingsMs.tls, second.timingsMs.tls, second.timingsMs.connect],
        ['number', null, null],
      );
      assert.deepEqual(second.tls, first.tls);
    },
  );

  testWith(rig, `Tornado of DIRAC ${release}: wrong_service and unauthorized`, async ({ webUrl }) => {
    assert.match(await failure(webUrl('Nope'), asHost, 'wrong_service'), /^HTTP 404/);
    assert.match(await failure(webUrl('RigWebLocked'), asHost, 'unauthorized'), /^HTTP 401 Unauthorized$/);
  });

  testWith(
    rig,
    `Tornado of DIRAC ${release}: without a certificate unauthorized, which the detail says`,
    async (running) => {
      // The command line ends with exit code 2 before it would do that, so the ping itself is called.
      const caPems = [readFileSync(pki.caFile, 'utf8')];
      const trust = { caPems, intermediates: [], crls: [], crlPolicy: 'warn' as const, verify: true, gsiNames: false };
      const pinger = createHttpsPinger(buildAnonymousIdentity(caPems), trust);
      const result = await pinger.ping(parseTarget(running.webUrl('RigWeb')), { timeoutMs: 10_000 });
      await pinger.close();
      assert.deepEqual(
        [result.reason, result.detail],
        ['unauthorized', 'HTTP 401 Unauthorized: we showed no certificate'],
      );
    },
  );

  testWith(rig, `Tornado of DIRAC ${release}: the TLS of both sides`, async ({ webUrl, misnamed }) => {
    assert.match(await failure(webUrl('RigWeb'), show(pki.userOther), 'tls_rejected_us'), /unknown_ca/);
    assert.match(await failure(webUrl('RigWeb'), show(pki.userExpired), 'tls_rejected_us'), /certificate_expired/);
    await failure(webUrl('RigWeb'), show(pki.host, pki.otherCaDir), 'tls_cert_untrusted');
    await failure(webUrl('RigWeb', misnamed.port), asHost, 'tls_name_mismatch');
  });

  testWith(rig, `DIRAC ${release}: https at a DIPS service is wrong_protocol, at once`, async ({ dips }) => {
    const detail = await failure(`https://localhost:${dips.port}/Framework/Rig`, asHost, 'wrong_protocol');
    assert.match(detail, /^expected an HTTP answer, got a DISET frame: /);
  });

  testWith(
    rig,
    `DIRAC ${release}: dips at a Tornado server is wrong_protocol, before the deadline`,
    async ({ web }) => {
      const args = [...asHost, '--timeout', '4s'];
      const detail = await failure(`dips://localhost:${web.port}/Framework/RigWeb`, args, 'wrong_protocol');
      assert.match(detail, /^expected a DISET frame, got an HTTP answer: /);
    },
  );

  testWith(rig, `DIRAC ${release}: a Tornado server is no DiracX: wrong_service`, async ({ web }) => {
    await failure(`diracx+https://localhost:${web.port}`, ['--ca-dir', pki.caDir], 'wrong_service');
  });
}
