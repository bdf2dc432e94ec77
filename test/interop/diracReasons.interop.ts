import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { buildAnonymousIdentity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { parseTarget } from '../../src/model/target.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { startBlackHole } from './rig/blackHole.ts';
import { pingJson } from './rig/dipsProbe.ts';
import { askAsDirac, startDirac } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { type KeyPair, makeGridPki } from './rig/pki.ts';
import { freePort } from './rig/ports.ts';

/* Each way in which a real service, or what stands in its place, can fail: `ping` names the right reason. */

const pki = await makeGridPki();

const install = await bring('DIRAC 9.1', () => bringDirac('9.1'));
const rig = await start(install, async (venv) => {
  const [good, expired, misnamed] = await Promise.all([
    startDirac(venv, pki),
    startDirac(venv, pki, { hostCert: pki.hostExpired }),
    startDirac(venv, pki, { hostCert: pki.hostOther }),
  ]);
  const blackHole = await startBlackHole();
  after(() => Promise.all([good, expired, misnamed, blackHole].map((running) => running.stop())));
  return { venv, good, expired, misnamed, blackHole };
});

const rigUrl = (port: number) => `dips://127.0.0.1:${port}/Framework/Rig`;

const show = ({ cert, key }: KeyPair, caDir = pki.caDir) => ['--cert', cert, '--key', key, '--ca-dir', caDir];
const asHost = show(pki.host);

/** Pings and asserts the reason and exit code 1; returns the detail. */
async function failure(url: string, args: string[], reason: FailureReason): Promise<string> {
  const { result, code } = await pingJson(url, args);
  assert.deepEqual({ ok: result.ok, reason: result.reason, code }, { ok: false, reason, code: 1 }, `${result.detail}`);
  return result.detail as string;
}

testWith(
  rig,
  'a service that is not there by that name: wrong_service, in the words of DIRAC',
  async ({ venv, good }) => {
    const url = `dips://127.0.0.1:${good.port}/Framework/Nope`;
    const detail = await failure(url, asHost, 'wrong_service');
    const dirac = await askAsDirac(venv, pki, url);
    assert.equal(dirac.ping.Message, 'Framework/Nope is not up in this server');
    assert.match(detail, /Framework\/Nope is not up in this server/);
  },
);

testWith(
  rig,
  'a service whose Authorization/ping refuses us: unauthorized, in the words of DIRAC',
  async ({ venv, good }) => {
    const url = `dips://127.0.0.1:${good.lockedPort}/Framework/RigLocked`;
    const detail = await failure(url, asHost, 'unauthorized');
    const dirac = await askAsDirac(venv, pki, url);
    assert.equal(dirac.ping.Errno, 1111);
    assert.ok(detail.includes(dirac.ping.Message as string), detail);
  },
);

testWith(rig, 'our certificate is of a CA the service does not know: tls_rejected_us', async ({ good }) => {
  assert.match(await failure(rigUrl(good.port), show(pki.userOther), 'tls_rejected_us'), /unknown_ca/);
});

testWith(rig, 'our certificate has expired: tls_rejected_us', async ({ good }) => {
  assert.match(await failure(rigUrl(good.port), show(pki.userExpired), 'tls_rejected_us'), /certificate_expired/);
});

testWith(rig, 'we show no certificate at all: tls_rejected_us', async ({ good }) => {
  // The command line ends with exit code 2 before it would do that, so the ping itself is called.
  const identity = buildAnonymousIdentity([readFileSync(pki.caFile, 'utf8')]);
  const result = await ping(parseTarget(rigUrl(good.port)), { timeoutMs: 10_000, identity });
  assert.deepEqual(
    { ok: result.ok, reason: result.reason },
    { ok: false, reason: 'tls_rejected_us' },
    `${result.detail}`,
  );
});

testWith(rig, 'our CA directory does not know the CA of the service: tls_cert_untrusted', async ({ good }) => {
  await failure(rigUrl(good.port), show(pki.host, pki.otherCaDir), 'tls_cert_untrusted');
  const unverified = await pingJson(rigUrl(good.port), [...show(pki.host, pki.otherCaDir), '--no-verify']);
  assert.equal(unverified.result.ok, true, 'with --no-verify it is believed');
});

testWith(rig, 'the certificate of the service has expired: tls_cert_expired', async ({ expired }) => {
  await failure(rigUrl(expired.port), asHost, 'tls_cert_expired');
});

testWith(rig, 'the certificate of the service is for another name: tls_name_mismatch', async ({ misnamed, good }) => {
  assert.match(await failure(rigUrl(misnamed.port), asHost, 'tls_name_mismatch'), /127\.0\.0\.1/);
  await failure(rigUrl(good.port), [...asHost, '--server-name', 'other.example.org'], 'tls_name_mismatch');
  const named = await pingJson(rigUrl(misnamed.port), [...asHost, '--server-name', 'other.example.org']);
  assert.equal(named.result.ok, true, `by the name it has it is up: ${named.result.detail}`);
});

testWith(rig, 'nothing listens: refused', async () => {
  await failure(rigUrl(await freePort()), asHost, 'refused');
});

testWith(rig, 'a port that answers no SYN: connect_timeout', async ({ blackHole }) => {
  await failure(rigUrl(blackHole.port), [...asHost, '--timeout', '1s'], 'connect_timeout');
});

testWith(rig, 'a frozen service: tls_timeout, and up again when it thaws', async ({ good }) => {
  good.process.signal('SIGSTOP');
  try {
    await failure(rigUrl(good.port), [...asHost, '--timeout', '1s'], 'tls_timeout');
  } finally {
    good.process.signal('SIGCONT');
  }
  assert.equal((await pingJson(rigUrl(good.port), asHost)).result.ok, true);
});
