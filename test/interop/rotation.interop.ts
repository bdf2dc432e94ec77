import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bring, start, testWith } from './rig/availability.ts';
import { startDipsProbe } from './rig/dipsProbe.ts';
import { type DiracServices, makeProxies, startDirac } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { issueMore, makeGridPki } from './rig/pki.ts';
import { waitUntil } from './rig/processes.ts';
import { temporaryDir } from './rig/temporaryDir.ts';

/*
 * `serve`, asked 50 times a second, while everything that it shows and believes is replaced on disk. No ping may fail, and the log of
 * DIRAC says whose certificate it saw.
 */

const PINGS_PER_SECOND = 50;
/** `serve` looks at the files every 5 s. */
const NOTICED_MS = 20_000;

const pki = await makeGridPki();
// One after the other: `openssl ca` moves its index about, which another one then misses.
const nextHost = await issueMore(pki, 'nextHost', 'host', 'OU=Hosts/CN=next.example.org');
const nextUser = await issueMore(pki, 'nextUser', 'user', 'OU=Users/CN=Nora Next');

const install = await bring('DIRAC 9.1', () => bringDirac('9.1'));
const rig = await start(install, async (venv) => {
  const services = await startDirac(venv, pki);
  after(() => services.stop());
  const [proxies, nextProxies] = [await makeProxies(venv, pki), await makeProxies(venv, pki, nextUser)];
  return { services, proxies, nextProxies };
});

/** Starts `serve` with these arguments and asks it without a pause, until the end of the test. */
async function startLoad(t: TestContext, args: string[], { port }: DiracServices) {
  const serve = startDipsProbe('serve', ['serve', '--listen', '127.0.0.1:0', ...args]);
  t.after(() => serve.stop());
  const log = () => readFileSync(serve.logPath, 'utf8');
  const readUrl = () => /"url":"([^"]+)"/.exec(log())?.[1];
  const front = await waitUntil('serve listens', readUrl, { process: serve });
  const failed: string[] = [];
  let answered = 0;
  const ask = async (turn: number) => {
    // Two names of one service: identical pings under way would share one.
    const host = turn % 2 ? 'localhost' : '127.0.0.1';
    const answer = await fetch(`${front}/ping?host=${host}&port=${port}&service=Framework/Rig`);
    answered++;
    const body = await answer.text();
    if (answer.status !== 200) failed.push(`${answer.status} ${body}`);
  };
  const underWay: Promise<void>[] = [];
  const timer = setInterval(() => underWay.push(ask(underWay.length)), 1000 / PINGS_PER_SECOND);
  return {
    log,
    rssBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${serve.pid}/status`, 'utf8'))?.[1]) * 1024,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      return { failed, answered };
    },
  };
}

/** Waits until DIRAC's log names the owner of a certificate. */
function untilDiracSaw(commonName: string, { process }: DiracServices): Promise<true> {
  const isSeen = () => readFileSync(process.logPath, 'utf8').includes(`CN=${commonName}`) || undefined;
  return waitUntil(`DIRAC's log names ${commonName}`, isSeen, { deadlineMs: NOTICED_MS });
}

function untilRenewed(load: { log(): string }, times: number): Promise<true> {
  const isRenewed = () => load.log().split('credential renewed').length - 1 >= times || undefined;
  return waitUntil(`the credential was renewed ${times} times`, isRenewed, { deadlineMs: NOTICED_MS });
}

/** Puts a file in the place of another, as a careful script does. */
function replace(source: string, path: string): void {
  copyFileSync(source, `${path}.new`);
  renameSync(`${path}.new`, path);
}

testWith(rig, 'host certificate, key, CRL and CA replaced under load', async ({ services }, t) => {
  const dir = temporaryDir('rotation');
  const [cert, key, caDir] = [join(dir, 'hostcert.pem'), join(dir, 'hostkey.pem'), join(dir, 'certificates')];
  replace(pki.host.cert, cert);
  replace(pki.host.key, key);
  cpSync(pki.caDir, caDir, { recursive: true });
  const load = await startLoad(t, ['--cert', cert, '--key', key, '--ca-dir', caDir, '--crl', 'fail'], services);
  await sleep(2_000);
  const rssBefore = load.rssBytes();

  replace(nextHost.key, key);
  replace(nextHost.cert, cert);
  await untilDiracSaw('next.example.org', services);

  const crl = readdirSync(pki.lateCrlCaDir).find((name) => name.endsWith('.r0')) as string;
  const newCrl = readFileSync(join(pki.caDir, crl));
  writeFileSync(join(caDir, crl), newCrl.subarray(0, 100));
  await sleep(500);
  writeFileSync(join(caDir, crl), newCrl);
  await untilRenewed(load, 2);

  const otherCa = readdirSync(pki.otherCaDir).find((name) => name.endsWith('.0')) as string;
  replace(join(pki.otherCaDir, otherCa), join(caDir, otherCa));
  await untilRenewed(load, 3);

  const { failed, answered } = await load.stop();
  assert.deepEqual(failed, []);
  t.diagnostic(`${answered} pings, RSS ${rssBefore >> 20} MB -> ${load.rssBytes() >> 20} MB`);
});

testWith(rig, 'a proxy replaced under load', async ({ services, proxies, nextProxies }, t) => {
  const proxy = join(temporaryDir('rotation'), 'x509up');
  copyFileSync(proxies.proxy, proxy);
  const load = await startLoad(t, ['--proxy', proxy, '--ca-dir', pki.caDir], services);
  await sleep(2_000);
  replace(nextProxies.proxy, proxy);
  await untilRenewed(load, 1);
  await sleep(500);
  // A ping that anybody may do is logged without a name; the locked service names whom it refuses.
  const front = /"url":"([^"]+)"/.exec(load.log())?.[1];
  const locked = await fetch(`${front}/ping?host=localhost&port=${services.lockedPort}&service=Framework/RigLocked`);
  assert.equal(locked.status, 418);
  await untilDiracSaw('Nora Next', services);
  const { failed, answered } = await load.stop();
  assert.deepEqual(failed, []);
  t.diagnostic(`${answered} pings`);
});
