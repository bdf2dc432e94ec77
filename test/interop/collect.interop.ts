import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { bring, start, testWith } from './rig/availability.ts';
import { startCadvisor, waitForSamples } from './rig/cadvisor.ts';
import { assertRowsAreThoseOf, assertSeriesAreThoseOf, HOST, samplesOfSlowestSource } from './rig/comparison.ts';
import { runContainer } from './rig/containers.ts';
import { debianPrograms } from './rig/debian.ts';
import { dipsProbe, startDipsProbe } from './rig/dipsProbe.ts';
import { bringDocker, startDocker } from './rig/dockerRig.ts';
import { type Influxdb, startInfluxdb } from './rig/influxdb.ts';
import { makeGridPki } from './rig/pki.ts';
import { waitUntil } from './rig/processes.ts';
import { startVictoriaMetrics } from './rig/victoriaMetrics.ts';

/* `collect` brings the samples of a real cAdvisor into real stores: read back, they equal what cAdvisor said, value by value. */

const pki = await makeGridPki();

const CONTAINERS = [
  { name: 'mesos-1b-catalog', labels: { dirac_component: 'DataManagement/FileCatalog' } },
  { name: 'mesos-2c-jobs', labels: { dirac_component: 'WorkloadManagement/JobManager' } },
  { name: 'mesos-3d-unlabelled', labels: {} },
  { name: 'elsewhere', labels: { dirac_component: 'DataManagement/FileCatalog' } },
];

const brought = await bring('cAdvisor 0.38 with Docker 20.10 and InfluxDB 1.6', async () => ({
  docker: await bringDocker(),
  stores: await debianPrograms('bookworm'),
  cadvisor: await debianPrograms('bullseye'),
}));
const rig = await start(brought, async (programs) => {
  const dockerd = await startDocker(programs.docker);
  after(() => dockerd.stop());
  for (const wanted of CONTAINERS) await runContainer(dockerd, wanted);
  const cadvisor = await startCadvisor(programs.cadvisor, dockerd);
  after(() => cadvisor.stop());
  await waitForSamples(cadvisor, CONTAINERS.length);
  return { programs: programs.stores, cadvisor, target: `${HOST}:${cadvisor.port}` };
});

testWith(rig, 'collect -i into InfluxDB, with user and password', async ({ programs, cadvisor, target }, t) => {
  const influxdb = await started(t, startInfluxdb(programs));
  const config = writeConfig('plain', influxdb, {});
  const { code, stdout, stderr } = await dipsProbe(['collect', '-c', config, '-t', target, '-i', '-q']);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  await assertRowsAreThoseOf(cadvisor, influxdb, 1);
});

testWith(rig, 'collect -i into InfluxDB over HTTPS with our own CA', async ({ programs, cadvisor, target }, t) => {
  const influxdb = await started(t, startInfluxdb(programs, pki));
  const config = writeConfig('https', influxdb, { ssl: true, ca: pki.caFile });
  const { code, stderr } = await dipsProbe(['collect', '-c', config, '-t', target, '-i', '-q']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  await assertRowsAreThoseOf(cadvisor, influxdb, 1);
  const untrusting = writeConfig('https-untrusting', influxdb, { ssl: true });
  const refused = await dipsProbe(['collect', '-c', untrusting, '-t', target, '-i', '-q']);
  assert.equal(refused.code, 1, 'without the CA nothing is sent');
  assert.match(refused.stderr, /certificate/);
});

testWith(rig, 'collect --interval sends every sample exactly once', async ({ programs, cadvisor, target }, t) => {
  const influxdb = await started(t, startInfluxdb(programs));
  const config = writeConfig('interval', influxdb, {});
  const collect = startDipsProbe('collect', ['collect', '-c', config, '-t', target, '-i', '-q', '--interval', '2s']);
  t.after(() => collect.stop());
  // Containers are housekept at a pace of their own each: ten of one do not mean ten of another.
  const haveTen = async () => ((await samplesOfSlowestSource(influxdb)) >= 10 ? true : undefined);
  await waitUntil('ten samples of every source are stored', haveTen, { process: collect, deadlineMs: 60_000 });
  await collect.stop();
  await assertRowsAreThoseOf(cadvisor, influxdb, 10);
});

testWith(
  rig,
  'a wrong password: exit 1, and the password is nowhere in the output',
  async ({ programs, target }, t) => {
    const influxdb = await started(t, startInfluxdb(programs));
    const config = writeConfig('wrong', influxdb, { password: 'not-the-password' });
    const { code, stdout, stderr } = await dipsProbe(['collect', '-c', config, '-t', target, '-i']);
    assert.equal(code, 1);
    assert.match(stderr, /401|authori[sz]ation failed/);
    assert.doesNotMatch(stdout + stderr, /not-the-password/);
  },
);

testWith(rig, 'collect -i into VictoriaMetrics', async ({ programs, cadvisor, target }, t) => {
  const victoria = await started(t, startVictoriaMetrics(programs));
  const config = join(pki.dir, 'victoria.json');
  writeFileSync(config, JSON.stringify({ host: HOST, port: victoria.port, database: 'monitoring' }));
  const { code, stderr } = await dipsProbe(['collect', '-c', config, '-t', target, '-i', '-q']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  // What was sent becomes searchable bit by bit, within some 10 s.
  await waitUntil('VictoriaMetrics shows all that was sent', async () => {
    await assertSeriesAreThoseOf(cadvisor, await victoria.export('{__name__=~".+"}'));
    return true;
  });
});

/** Starts a store for one test. */
async function started<T extends { stop(): Promise<void> }>(t: TestContext, starting: Promise<T>): Promise<T> {
  const service = await starting;
  t.after(() => service.stop());
  return service;
}

/** A collector's configuration file for a store; returns its path. */
function writeConfig(name: string, { port, database, writer }: Influxdb, more: Record<string, unknown>): string {
  const path = join(pki.dir, `${name}.json`);
  writeFileSync(path, JSON.stringify({ host: HOST, port, database, ...writer, ssl: null, ...more }));
  return path;
}
