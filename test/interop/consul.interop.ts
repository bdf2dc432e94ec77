import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { bring, start, testWith } from './rig/availability.ts';
import { type CheckStatus, type Consul, type ConsulCheck, startConsul } from './rig/consul.ts';
import { debianPrograms } from './rig/debian.ts';
import { startDipsProbe } from './rig/dipsProbe.ts';
import { type DiracServices, startDirac } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { makeGridPki } from './rig/pki.ts';
import { freePort } from './rig/ports.ts';
import { waitUntil } from './rig/processes.ts';

/* A real Consul turns a service passing and critical by our /ping, and is told nothing new while the service is well. */

const pki = await makeGridPki();

const brought = await bring('Consul 1.8.7 with DIRAC 9.1', async () => ({
  programs: await debianPrograms('bullseye'),
  venv: await bringDirac('9.1'),
}));
const rig = await start(brought, async ({ programs, venv }) => {
  const services = await startDirac(venv, pki);
  after(() => services.stop());
  const consul = await startConsul(programs);
  after(() => consul.stop());
  const front = `127.0.0.1:${await freePort()}`;
  const asHost = ['--cert', pki.host.cert, '--key', pki.host.key, '--ca-dir', pki.caDir];
  const serve = startDipsProbe('serve', ['serve', '--listen', front, ...asHost]);
  after(() => serve.stop());
  await waitUntil('serve answers /self', () => fetch(`http://${front}/self`), { process: serve });
  const pingUrl = (service: string, port: number) =>
    `http://${front}/ping?host=localhost&port=${port}&service=${service}`;
  return { venv, services, consul, pingUrl };
});

testWith(rig, 'Consul follows a real service: passing, frozen, thawed, killed, started anew', async (ready, t) => {
  const { venv, services, consul, pingUrl } = ready;
  await consul.register('rig', pingUrl('Framework/Rig', services.port));
  const up = await until(consul, 'rig', 'passing');
  assert.match(up.Output, /^HTTP GET http:\S+: 200 OK Output: .*Framework\/Rig/s);

  services.process.signal('SIGSTOP');
  const frozen = await until(consul, 'rig', 'critical');
  assert.match(frozen.Output, /: 418 \S.* Output: .*tls_timeout/s, 'the status text and the reason reach Consul');

  services.process.signal('SIGCONT');
  await until(consul, 'rig', 'passing');

  await services.process.stop();
  const gone = await until(consul, 'rig', 'critical');
  assert.match(gone.Output, /: 418 \S.* Output: .*refused/s);

  const again = await startDirac(venv, pki, { ports: [services.port, services.lockedPort] });
  t.after(() => again.stop());
  await until(consul, 'rig', 'passing');
});

testWith(rig, 'a healthy service costs Consul no raft write', async ({ venv, consul, pingUrl }, t) => {
  const services = await startDirac(venv, pki);
  t.after(() => services.stop());
  await consul.register('steady', pingUrl('Framework%2FRig', services.port));
  const first = await until(consul, 'steady', 'passing');
  const pinged = countPings(services);
  await waitUntil('Consul checks four times more', () => countPings(services) >= pinged + 4 || undefined);
  const last = await consul.check('steady');
  assert.deepEqual(last, first, 'the same output and the same raft index');
});

testWith(
  rig,
  'a service that refuses us is critical, with the words of DIRAC',
  async ({ venv, consul, pingUrl }, t) => {
    const services = await startDirac(venv, pki);
    t.after(() => services.stop());
    await consul.register('locked', pingUrl('Framework/RigLocked', services.lockedPort));
    const refused = await waitUntil('Consul has run the check', async () => {
      const check = await consul.check('locked');
      return check.Output === '' ? undefined : check; // a new check is critical until its first run
    });
    assert.equal(refused.Status, 'critical');
    assert.match(refused.Output, /: 418 .*Unauthorized query \( 1111 : Unauthorized query\)/s);
  },
);

/** Waits until Consul has run the check and it stands so. 30 s: our /ping may take 8 s to give a frozen service up. */
function until(consul: Consul, name: string, status: CheckStatus): Promise<ConsulCheck> {
  const probe = async () => {
    const check = await consul.check(name);
    return check.Status === status && check.Output !== '' ? check : undefined;
  };
  return waitUntil(`Consul's check ${name} is ${status}`, probe, { deadlineMs: 30_000 });
}

/** How many pings the service has answered, by its own log. */
function countPings({ process }: DiracServices): number {
  return readFileSync(process.logPath, 'utf8').split('Returning response').length - 1;
}
