import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { ProbeResult } from '../../src/model/result.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { pingJson } from './rig/dipsProbe.ts';
import { askAsDirac, type DiracAnswers, makeProxies, startDirac } from './rig/dirac.ts';
import { bringDirac, type DiracRelease } from './rig/diracInstall.ts';
import { type GridPki, makeGridPki } from './rig/pki.ts';

/*
 * `ping` against real services of three DIRAC releases, each compared with what the release's own client gets. 9.1 answers
 * JSON, the older ones DEncode.
 */

const pki = await makeGridPki();

const RELEASES: [DiracRelease, ProbeResult['encoding']][] = [
  ['9.1', 'json'],
  ['8.0', 'dencode'],
  ['7.3', 'dencode'],
];

const byHost = ['--cert', pki.host.cert, '--key', pki.host.key, '--ca-dir', pki.caDir];

// All are started before the first test is declared: node:test runs the `after` of a file as soon as its tests are through.
const rigs: Awaited<ReturnType<typeof startRig>>[] = [];
for (const [release] of RELEASES) rigs.push(await startRig(release));

async function startRig(release: DiracRelease) {
  const install = await bring(`DIRAC ${release}`, () => bringDirac(release));
  return start(install, async (venv) => {
    const services = await startDirac(venv, pki);
    after(() => services.stop());
    const url = `dips://127.0.0.1:${services.port}/Framework/Rig`;
    return { venv, url, proxies: await makeProxies(venv, pki) };
  });
}

for (const [index, [release, encoding]] of RELEASES.entries()) {
  const rig = rigs[index] as (typeof rigs)[number];

  testWith(rig, `DIRAC ${release}: the facts of a ping are those DIRAC's own client gets`, async ({ venv, url }) => {
    const { result, before, later } = await pingBetween(
      () => askAsDirac(venv, pki, url),
      () => pingJson(url, byHost).then((answer) => answer.result),
    );
    const dirac = before.ping.Value as Record<string, string>;
    assert.equal(result.ok, true, `${result.detail}`);
    assert.equal(result.target, url);
    assert.equal(result.encoding, encoding);
    assert.equal(result.version, dirac.version);
    assert.ok(dirac.version?.startsWith(release), `${dirac.version} is a release of ${release}`);
    assert.equal(result.name, 'Framework/Rig');
    assert.deepEqual(result.load, dirac.load?.split(' ').map(Number));
    assert.equal(Date.parse(result.serviceStartTime as string), diracTime(dirac['service start time']));
    const uptimes = [before, result, later].map((answer) => serviceUptimeSeconds(answer));
    assert.deepEqual(
      uptimes,
      uptimes.toSorted((a, b) => a - b),
      'ours lies between those of two calls of DIRAC',
    );
    const hostUptimes = [before, later].map(({ ping }) => Number(ping.Value?.['host uptime']));
    const ours = result.hostUptimeSeconds as number;
    assert.ok((hostUptimes[0] as number) <= ours && ours <= (hostUptimes[1] as number), `${ours} in ${hostUptimes}`);
  });

  testWith(rig, `DIRAC ${release}: address, phases and TLS facts of a ping`, async ({ url }) => {
    const { result, code, stderr } = await pingJson(url, byHost);
    assert.deepEqual({ code, stderr, address: result.address }, { code: 0, stderr: '', address: '127.0.0.1' });
    const { total, ...phases } = result.timingsMs;
    const spent = Object.values(phases).map((ms) => ms as number);
    assert.ok(
      spent.every((ms) => ms >= 0),
      `every phase was reached: ${JSON.stringify(result.timingsMs)}`,
    );
    assert.ok(spent.reduce((sum, ms) => sum + ms) <= total + 0.01, 'the phases are parts of the total');
    const notAfter = new X509Certificate(readFileSync(pki.host.cert)).validToDate.toISOString();
    assert.deepEqual(result.tls, { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', peerNotAfter: notAfter });
  });

  for (const kind of ['proxy', 'proxyOfProxy', 'proxyLimited'] as const) {
    testWith(rig, `DIRAC ${release}: ping with ${kind}`, async ({ venv, url, proxies }) => {
      const { result, code } = await pingJson(url, ['--proxy', proxies[kind], '--ca-dir', pki.caDir]);
      assert.deepEqual({ ok: result.ok, reason: result.reason, code }, { ok: true, reason: null, code: 0 });
      const { whoami } = await askAsDirac(venv, pki, url, proxies[kind]);
      assert.equal(whoami.Value?.isProxy, true, 'what we showed is a proxy to DIRAC');
      assert.equal(whoami.Value?.isLimitedProxy, kind === 'proxyLimited');
    });
  }

  testWith(rig, `DIRAC ${release}: credentials are found as DIRAC finds them`, async ({ url, proxies }) => {
    const byProxy = await pingJson(url, [], { X509_USER_PROXY: proxies.proxy, X509_CERT_DIR: pki.caDir });
    assert.equal(byProxy.result.ok, true, `${byProxy.result.detail}`);
    const cfg = join(pki.dir, 'local.cfg');
    writeFileSync(cfg, localCfg(pki));
    const byHostCertificate = await pingJson(url, [], { DIRACSYSCONFIG: cfg });
    assert.equal(byHostCertificate.result.ok, true, `${byHostCertificate.result.detail}`);
  });
}

/** The local dirac.cfg of a machine that shows its host certificate. */
function localCfg({ host, caDir }: GridPki): string {
  const security = `CertFile = ${host.cert}\nKeyFile = ${host.key}\nCALocation = ${caDir}\nUseServerCertificate = yes`;
  return `DIRAC\n{\nSecurity\n{\n${security}\n}\n}\n`;
}

/** Our ping between two calls of DIRAC's client that saw the same load average: it changes every 5 s, so some tries do. */
async function pingBetween(askDirac: () => Promise<DiracAnswers>, ping: () => Promise<ProbeResult>) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = await askDirac();
    const result = await ping();
    const later = await askDirac();
    if (before.ping.Value?.load === later.ping.Value?.load) return { before, result, later };
  }
  throw new Error('the load average changed during each of 10 tries');
}

/** Unix ms of a time as Python prints it: naive UTC, with or without microseconds. */
function diracTime(text: string | undefined): number {
  return Date.parse(`${text?.replace(' ', 'T').slice(0, 23)}Z`);
}

/** Of our result, or from the two clocks in DIRAC's answer: its own number is wrong up to 7.3 after a day. */
function serviceUptimeSeconds(answer: ProbeResult | DiracAnswers): number {
  if ('timingsMs' in answer) return answer.serviceUptimeSeconds as number;
  const { time, 'service start time': start } = answer.ping.Value as Record<string, string>;
  return Math.floor((diracTime(time) - diracTime(start)) / 1000);
}
