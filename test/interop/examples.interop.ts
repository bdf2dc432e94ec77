import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { loadRunConfig } from '../../src/config/runConfig.ts';
import { bring, testWith } from './rig/availability.ts';
import { cached } from './rig/cache.ts';
import { debianPrograms } from './rig/debian.ts';
import { runOrThrow, runToEnd } from './rig/processes.ts';
import { temporaryDir } from './rig/temporaryDir.ts';

/* The examples of deployments, each read by the program that it is for, or by what checks for it. */

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
/** Kubernetes' own schemas of release 1.37; a parser of HashiCorp's language. */
const PACKAGES = ['kubernetes-validate==1.37.0', 'python-hcl2==8.1.4'];

const consul = await bring('Consul 1.8.7', () => debianPrograms('bullseye'));
const checkers = await bring(PACKAGES.join(' and '), async () => {
  const dir = await cached('example-checkers', PACKAGES.join(' '), async (venv) => {
    await runOrThrow('python3', ['-m', 'venv', venv]);
    const install = ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
    await runOrThrow(join(venv, 'bin/pip'), install, { timeoutMs: 300_000 });
  });
  return join(dir, 'bin');
});
const systemd = await bring('systemd-analyze 250 or newer', async () => {
  const version = Number(/systemd (\d+)/.exec(await runOrThrow('systemd-analyze', ['--version']))?.[1]);
  if (!(version >= 250)) throw new Error(`systemd ${version} is here`);
});

/** The unit with these drop-ins, as a folder of units has them. */
function installUnit(dropIns: readonly string[]): string {
  const dir = temporaryDir('systemd');
  for (const name of ['dips-probe.service', ...dropIns]) {
    const place = name.endsWith('.service') ? name : `dips-probe.service.d/${name}`;
    cpSync(join(examples, 'systemd', name), join(dir, place), { recursive: true });
    // That a program is there is checked too, and ours is not installed here.
    const text = readFileSync(join(dir, place), 'utf8').replaceAll('/usr/bin/dips-probe', '/bin/true');
    writeFileSync(join(dir, place), text);
  }
  return join(dir, 'dips-probe.service');
}

for (const dropIns of [[], ['serve.conf'], ['certificate-follows.conf', 'serve.conf']]) {
  testWith(
    systemd,
    `systemd takes the unit with ${dropIns.join(' and ') || 'no drop-in'}, and calls it safe`,
    async () => {
      const unit = installUnit(dropIns);
      const { code, stdout, stderr } = await runToEnd('systemd-analyze', ['verify', unit]);
      assert.deepEqual([code, stdout, stderr], [0, '', '']);
      const security = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
      const judged = await runToEnd('systemd-analyze', security);
      assert.equal(judged.code, 0, judged.stdout.slice(-200));
    },
  );
}

testWith(systemd, 'systemd does not take what is wrong', async () => {
  const unit = installUnit([]);
  writeFileSync(unit, readFileSync(unit, 'utf8').replace('WatchdogSec=30s', 'WatchdogSec=soon'));
  const { stderr } = await runToEnd('systemd-analyze', ['verify', unit]);
  assert.match(stderr, /dips-probe\.service:\d+: Failed to parse sec value, ignoring: soon/);
});

testWith(consul, 'Consul takes the service definitions', async (programs) => {
  for (const name of readdirSync(join(examples, 'consul'))) {
    const dir = temporaryDir('consul');
    cpSync(join(examples, 'consul', name), join(dir, name));
    writeFileSync(join(dir, 'agent.hcl'), 'data_dir = "/var/lib/consul"'); // a whole agent is what it validates
    const { code, stdout, stderr } = await runToEnd(join(programs, 'consul'), ['validate', dir]);
    assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
  }
});

testWith(checkers, 'Kubernetes takes every document', async (bin) => {
  const files = readdirSync(join(examples, 'kubernetes')).map((name) => join(examples, 'kubernetes', name));
  const { code, stdout, stderr } = await runToEnd(join(bin, 'kubernetes-validate'), ['--strict', ...files]);
  assert.equal(code, 0, stdout + stderr);
  const wrong = join(temporaryDir('kubernetes'), 'wrong.yaml');
  writeFileSync(
    wrong,
    readFileSync(join(examples, 'kubernetes/pinger.yaml'), 'utf8').replace('replicas: 2', 'replicas: two'),
  );
  assert.notEqual((await runToEnd(join(bin, 'kubernetes-validate'), ['--strict', wrong])).code, 0);
});

testWith(checkers, 'the configuration inside of the collector’s ConfigMap is one of run', async () => {
  const [configMap] = parseAllDocuments(readFileSync(join(examples, 'kubernetes/collector.yaml'), 'utf8'));
  const file = join(temporaryDir('kubernetes'), 'run.yaml');
  writeFileSync(file, configMap?.toJS().data['run.yaml']);
  assert.equal(loadRunConfig(file).collect.nodes.length, 1);
});

testWith(checkers, 'Nomad’s job is HashiCorp’s language, and holds what it is about', async (bin) => {
  // Strings come with their quotes.
  const print = 'import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))).replace(\'\\\\"\', ""))';
  const job = join(examples, 'nomad/dips-probe.nomad.hcl');
  const { stdout } = await runToEnd(join(bin, 'python'), ['-c', print, job]);
  const groups = JSON.parse(stdout).job[0]['dips-probe'].group;
  const [pinger, service] = [groups[0].pinger, groups[1].filecatalog];
  const task = pinger.task[0].serve;
  assert.deepEqual(task.config[0].args, ['serve', '--listen', '0.0.0.0:1234']);
  assert.deepEqual([task.resources[0].cpu, task.resources[0].memory], [100, 100]);
  assert.equal(pinger.network[0].port[0].http.static, 1234);
  assert.equal(pinger.service[0].check[0].path, '/self');
  const [check] = service.service[0].check;
  assert.deepEqual([check.type, check.command], ['script', '/opt/dips-probe/self-ping']);
  assert.deepEqual(check.args, ['9197/DataManagement/FileCatalog']);
  assert.equal(service.network[0].port[0].dips.static, 9197);
});
