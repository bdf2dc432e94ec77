import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { FailureReason } from '../../src/model/reasons.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { dipsProbe, pingJson } from './rig/dipsProbe.ts';
import { startDirac } from './rig/dirac.ts';
import { bringDirac, type DiracRelease } from './rig/diracInstall.ts';
import { makeGridPki } from './rig/pki.ts';
import { bringTornado, startTornado } from './rig/tornado.ts';

/*
 * A Tornado server's answer, its keep-alive, and what either kind of service makes of the other kind of ping. How a ping of such a
 * server can end else: matrix.interop.ts.
 */

const pki = await makeGridPki();
const RELEASES: DiracRelease[] = ['9.1', '8.0', '7.3'];

const rigs: Awaited<ReturnType<typeof startRig>>[] = [];
for (const release of RELEASES) rigs.push(await startRig(release));

async function startRig(release: DiracRelease) {
  const install = await bring(`DIRAC ${release} with Tornado`, async () => bringTornado(await bringDirac(release)));
  return start(install, async (venv) => {
    const [web, dips] = await Promise.all([startTornado(venv, pki), startDirac(venv, pki)]);
    after(() => Promise.all([web.stop(), dips.stop()]));
    return { web, dips };
  });
}

const asHost = ['--cert', pki.host.cert, '--key', pki.host.key, '--ca-dir', pki.caDir];

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
    async ({ web }) => {
      const url = `https://localhost:${web.port}/Framework/RigWeb`;
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
