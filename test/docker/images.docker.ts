import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { bring, start, testWith } from '../interop/rig/availability.ts';
import { startCadvisor, waitForSamples } from '../interop/rig/cadvisor.ts';
import { startConsul } from '../interop/rig/consul.ts';
import { debianPrograms } from '../interop/rig/debian.ts';
import { dipsProbe } from '../interop/rig/dipsProbe.ts';
import { bringDocker, startDocker } from '../interop/rig/dockerRig.ts';
import { startInfluxdb } from '../interop/rig/influxdb.ts';
import { isFree } from '../interop/rig/ports.ts';
import { runOrThrow, waitUntil } from '../interop/rig/processes.ts';
import { temporaryDir } from '../interop/rig/temporaryDir.ts';
import { bringDiracRepository, HOTFIX_VERSION } from './diracRepository.ts';
import { buildLegacyService, buildPinger, buildService, DIRAC_CONTEXT, LEGACY_SERVICE, PINGER } from './imageBuild.ts';
import {
  logOf,
  makeNodeFiles,
  runLegacy,
  runPinger,
  runService,
  signalService,
  stateOf,
  WITHOUT_RIGHTS,
  waitForHealth,
} from './imageRig.ts';
import { DEBIAN, NODE_BARE } from './localBases.ts';

/* The images of docker/ on a real Docker engine, with a real DIRAC service, Consul, cAdvisor and InfluxDB: the project from end to end. */

const MB = 1_000_000;
/** Where the pinger listens; its image's health check asks there. */
const PINGER_URL = 'http://127.0.0.1:1234';
const LABELS = { VERSION: '1.2.3', REVISION: '0123abc', CREATED: '2026-11-24T12:00:00Z' };

const brought = await bring('Docker 20.10', async () => ({
  docker: await bringDocker(),
  stores: await debianPrograms('bookworm'),
  watchers: await debianPrograms('bullseye'),
  hotfix: await bringDiracRepository(),
}));
const rig = await start(brought, async ({ docker, ...more }) => {
  const dockerd = await startDocker(docker);
  after(() => dockerd.stop());
  await buildPinger(dockerd, LABELS);
  await buildService(dockerd);
  return { dockerd, node: await makeNodeFiles(), ...more };
});

testWith(rig, 'the image of the pinger is small, labelled, and lists what it is made of', async ({ dockerd }, t) => {
  const [size = 0, baseSize = 0] = await Promise.all(
    [PINGER, NODE_BARE].map(async (image) => Number(await dockerd.docker(['inspect', '--format', '{{.Size}}', image]))),
  );
  t.diagnostic(`the pinger's image is ${(size - baseSize) / MB} MB above its base`);
  assert.ok(size - baseSize < 90 * MB);
  const labels = JSON.parse(await dockerd.docker(['inspect', '--format', '{{json .Config.Labels}}', PINGER]));
  assert.equal(labels['org.opencontainers.image.version'], LABELS.VERSION);
  assert.equal(labels['org.opencontainers.image.revision'], LABELS.REVISION);
  assert.equal(labels['org.opencontainers.image.created'], LABELS.CREATED);
  const read = "process.stdout.write(require('node:fs').readFileSync('/opt/dips-probe/sbom.cdx.json'))";
  const sbom = JSON.parse(
    await dockerd.docker(['run', '--rm', '--network', 'none', '--entrypoint', 'node', PINGER, '-e', read]),
  );
  const names = sbom.components.map(({ name }: { name: string }) => name);
  assert.ok(names.includes('undici') && !names.includes('typescript'), names.join(' '));
});

testWith(rig, 'the pinger as Marathon runs it, without rights and shell, in 100 MB', async ({ dockerd, node }, t) => {
  const limits = ['--network', 'none', '--memory', '100m', '--memory-swap', '100m'];
  const startedAt = performance.now();
  await runPinger(t, dockerd, node, {
    name: 'bare',
    options: [...WITHOUT_RIGHTS, ...limits, '--health-interval', '1s'],
  });
  const exec = (...command: string[]) => dockerd.docker(['exec', 'bare', ...command]);
  await waitUntil('the pinger answers', () => exec('dips-probe', 'healthcheck'));
  t.diagnostic(`docker run until it answers a check inside: ${Math.round(performance.now() - startedAt)} ms`);
  await waitForHealth(dockerd, 'bare', 'healthy');
  await assert.rejects(exec('sh', '-c', 'true'), /exit 126/);
  await assert.rejects(exec('dips-probe', 'healthcheck', '--url', 'http://127.0.0.1:1/self'), /exit 1/);

  const status = await exec('node', '-p', "require('node:fs').readFileSync('/proc/1/status', 'utf8')");
  const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  t.diagnostic(`the pinger idles at ${Math.round(rss / MB)} MB RSS`);
  assert.ok(rss < 90 * MB, `${rss} bytes`);
  assert.match(status, /^Uid:\s+65534\s/m);
  assert.match(status, /^CapEff:\s+0+$/m);
  await waitUntil(
    'five checks more',
    async () => ((await stateOf(dockerd, 'bare')).Health?.Log.length ?? 0) >= 5 || undefined,
  );
  const { OOMKilled, Status } = await stateOf(dockerd, 'bare');
  assert.deepEqual({ OOMKilled, Status }, { OOMKilled: false, Status: 'running' });
  await dockerd.docker(['stop', '--time', '30', 'bare']);
  assert.equal((await stateOf(dockerd, 'bare')).ExitCode, 0, 'it ends by itself on SIGTERM');
});

testWith(rig, 'a whole installation', async ({ dockerd, node, stores, watchers }, t) => {
  assert.ok(await isFree(1234), 'port 1234 is the pinger’s: it must be free on this machine');
  const name = 'mesos-pinger';
  const options = [...WITHOUT_RIGHTS, '--network', 'host', '--label', 'dirac_component=Probe/Pinger'];
  await runPinger(t, dockerd, node, { name, options: [...options, '--health-interval', '1s'] });
  const service = await runService(t, dockerd, node, { name: 'mesos-rig' });
  await waitForHealth(dockerd, name, 'healthy');
  await waitForHealth(dockerd, service.name, 'healthy');
  const pingUrl = `${PINGER_URL}/ping?${service.query}`;
  const consul = await startConsul(watchers);
  t.after(() => consul.stop());
  await consul.register('rig', pingUrl);
  const consulSays = (status: string) =>
    waitUntil(`Consul says ${status}`, async () => ((await consul.check('rig')).Status === status ? true : undefined), {
      deadlineMs: 60_000,
    });

  await t.test('the pinger answers for the service, and Consul believes it', async () => {
    const response = await fetch(pingUrl, { signal: AbortSignal.timeout(10_000) });
    assert.equal(response.status, 200);
    assert.match(await response.text(), /version v?9\.1\.22\b/);
    await consulSays('passing');
  });

  await t.test('the old health check of Marathon, by its old names', async () => {
    const check = (port: number) =>
      dockerd.docker([
        ...['exec', service.name, '/opt/dirac/dockerEntrypoint.sh'],
        ...['python', '/opt/dirac/dirac_self_ping.py', `${port}/Framework/Rig`],
      ]);
    assert.equal(await check(service.port), '');
    await assert.rejects(check(service.port + 1), /exit 1\n(.*\n)*refused: /);
    const { docker } = dockerd;
    const script = ['python', '/opt/dirac/dirac_self_ping.py', `${service.port}/Framework/Rig`];
    assert.equal(await docker(['exec', '--env', 'PATH=/opt/dirac/venv/bin', service.name, ...script]), '');
  });

  await t.test('cAdvisor sees both, and collect brings them into InfluxDB', async (inner) => {
    const cadvisor = await startCadvisor(watchers, dockerd);
    inner.after(() => cadvisor.stop());
    const influxdb = await startInfluxdb(stores);
    inner.after(() => influxdb.stop());
    await waitForSamples(cadvisor, 2);
    const config = join(node.dir, 'collect.json');
    const { port, database, writer } = influxdb;
    writeFileSync(config, JSON.stringify({ host: '127.0.0.1', port, database, ...writer, ssl: null }));
    const target = `127.0.0.1:${cadvisor.port}`;
    const { code, stderr } = await dipsProbe(['collect', '-c', config, '-t', target, '-i', '-q']);
    assert.deepEqual([code, stderr], [0, '']);
    for (const measurement of ['cpu', 'memory']) {
      const rows = await influxdb.query(`SELECT * FROM ${measurement} WHERE dirac_component != ''`);
      const components = new Set(rows.map(({ values }) => values.dirac_component));
      assert.deepEqual([...components].sort(), ['Framework/Rig', 'Probe/Pinger'], measurement);
    }
  });

  await t.test('the service is frozen: unhealthy after three checks, critical in Consul; and thawed', async () => {
    await signalService(dockerd, service, 'STOP');
    const { FailingStreak, Log } = await waitForHealth(dockerd, service.name, 'unhealthy');
    assert.equal(FailingStreak, 3);
    assert.equal(Log.at(-1)?.ExitCode, 1);
    assert.match(Log.at(-1)?.Output ?? '', /^\w+_timeout: /);
    await consulSays('critical');
    await signalService(dockerd, service, 'CONT');
    await waitForHealth(dockerd, service.name, 'healthy');
    await consulSays('passing');
  });

  await t.test('docker stop reaches the service', async () => {
    await dockerd.docker(['stop', '--time', '30', service.name]);
    const { ExitCode } = await stateOf(dockerd, service.name);
    assert.equal(ExitCode, 143, 'the service ends on SIGTERM; 137: it had to be killed');
    await consulSays('critical');
  });
});

testWith(
  rig,
  'a service without rights, and one that says what its health check lacks',
  async ({ dockerd, node }, t) => {
    const options = [...WITHOUT_RIGHTS, '--tmpfs', '/tmp'];
    await runService(t, dockerd, node, { name: 'rightless', options });
    await waitForHealth(dockerd, 'rightless', 'healthy');
    await runService(t, dockerd, node, {
      name: 'unnamed',
      options: ['--env', 'DIPS_PROBE_SELF=', '--health-start-period', '1s'],
    });
    const { Log } = await waitForHealth(dockerd, 'unnamed', 'unhealthy');
    assert.match(Log.at(-1)?.Output ?? '', /expected PORT\/System\/Service.*DIPS_PROBE_SELF/);
  },
);

testWith(
  rig,
  'a hotfix by DIRAC_REPO and DIRAC_BRANCH is what the ping reports',
  async ({ dockerd, node, hotfix }, t) => {
    await runPinger(t, dockerd, node, { name: 'asking', options: ['--network', 'host', '--health-interval', '1s'] });
    const variables = ['--env', 'DIRAC_REPO=file:///hotfix', '--env', 'DIRAC_BRANCH=hotfix'];
    const options = [...variables, '--volume', `${hotfix}:/hotfix:ro`];
    const { query, name } = await runService(t, dockerd, node, { name: 'hotfixed', options });
    const ping = async () =>
      (await fetch(`${PINGER_URL}/ping?${query}`, { signal: AbortSignal.timeout(10_000) })).text();
    await waitForHealth(dockerd, name, 'healthy');
    assert.match(await ping(), new RegExp(`version v?${HOTFIX_VERSION}\\b`));
    await dockerd.docker(['restart', '--time', '10', name]);
    await waitForHealth(dockerd, name, 'healthy');
    assert.match(await ping(), new RegExp(`version v?${HOTFIX_VERSION}\\b`), 'after a restart');

    await runService(t, dockerd, node, { name: 'misfixed', options: ['--env', 'DIRAC_REPO=file:///nowhere'] });
    const ended = async () => ((await stateOf(dockerd, 'misfixed')).Status === 'exited' ? true : undefined);
    await waitUntil('it stops', ended, { deadlineMs: 60_000 });
    assert.equal((await stateOf(dockerd, 'misfixed')).ExitCode, 1);
    assert.match(await logOf(dockerd, 'misfixed'), /entrypoint: DIRAC: cannot fetch file:\/\/\/nowhere/);
  },
);

testWith(rig, 'the image of the tarball days', async ({ dockerd, node }, t) => {
  const context = temporaryDir('legacy');
  cpSync(DIRAC_CONTEXT, context, { recursive: true });
  const tree = join(context, 'tree');
  mkdirSync(join(tree, 'DIRAC'), { recursive: true });
  writeFileSync(join(tree, 'bashrc'), 'export DIRAC=/opt/dirac\nfalse\n');
  writeFileSync(join(tree, 'DIRAC/version'), 'released\n');
  await runOrThrow('tar', ['-C', tree, '-czf', join(context, 'dirac.tar.gz'), '.']);
  await buildLegacyService(dockerd, context);

  const run = ['run', '--rm', '--network', 'none', LEGACY_SERVICE];
  assert.equal(await dockerd.docker([...run, 'sh', '-c', 'echo $DIRAC; cat DIRAC/version']), '/opt/dirac\nreleased');
  const byOldName = [
    'run',
    '--rm',
    '--network',
    'none',
    '--entrypoint',
    '/opt/dirac/dockerEntrypoint.sh',
    LEGACY_SERVICE,
  ];
  assert.equal(await dockerd.docker([...byOldName, 'cat', 'DIRAC/version']), 'released');
  const service = await runService(t, dockerd, node, { name: 'modern' });
  await waitForHealth(dockerd, service.name, 'healthy');
  const options = [
    '--network',
    'host',
    '--env',
    `DIPS_PROBE_SELF=${service.port}/Framework/Rig`,
    '--health-interval',
    '1s',
  ];
  await runLegacy(t, dockerd, node, { name: 'legacy', options, command: ['sleep', '1000'] });
  await waitForHealth(dockerd, 'legacy', 'healthy');
});

testWith(rig, 'a base that brings DIRACOS2 gets DIRAC[server] into that', async ({ dockerd }) => {
  const diracos = `mkdir -p /opt/dirac/diracos/bin; cd /opt/dirac/diracos
    echo 'export PATH=/opt/dirac/diracos/bin:$PATH; false' >diracosrc
    printf '#!/bin/sh\\nprintf "%%s|" "$@"' >bin/python; chmod 755 bin/python
    exec /docker/install.sh requirements-9.1.txt`;
  const versions = ['--env', 'DIRAC_VERSION=8.0.86', '--env', 'LHCBDIRAC_VERSION=11.0.50'];
  const run = ['run', '--rm', '--network', 'none', '--volume', `${DIRAC_CONTEXT}:/docker:ro`, ...versions, DEBIAN];
  const installed = await dockerd.docker([...run, 'sh', '-ec', diracos]);
  assert.equal(installed, '-m|pip|install|DIRAC[server]==8.0.86|LHCbDIRAC[server]==11.0.50|');
});
