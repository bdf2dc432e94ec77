import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { runCommand } from './runCommand.ts';

const examples = fileURLToPath(new URL('../../examples/marathon/', import.meta.url));
const FILE = `${examples}services.yaml`;

test('prints the apps of the example, in order and indented', async (t) => {
  const apps = JSON.parse(readFileSync(`${examples}apps.json`, 'utf8'));
  const stdout = `${JSON.stringify(apps, null, 2)}\n`;
  assert.deepEqual(await runCommand(t, ['marathon', FILE], {}), { code: 0, stdout, stderr: '' });
});

test('--only: the apps of some services', async (t) => {
  const some = ['WorkloadManagement/JobManager', 'Framework/Monitoring'];
  const { code, stdout } = await runCommand(t, ['marathon', FILE, '--only', ...some], {});
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(stdout).map(({ id }: { id: string }) => id),
    ['/dirac/framework/monitoring', '/dirac/workloadmanagement-jobmanager'],
  );
  const absent = await runCommand(t, ['marathon', FILE, '--only', 'A/B', 'Framework/Monitoring'], {});
  assert.deepEqual(absent, {
    code: 2,
    stdout: '',
    stderr: `dips-probe: ${FILE}: services: has no A/B, of which the app is asked for\n`,
  });
});

test('a file with faults: exit 2, all of them, and no apps', async (t) => {
  const file = temporaryFolder(t).write('services.yaml', 'pinger: {}\nservices: [{service: A/B}]\n');
  assert.deepEqual(await runCommand(t, ['marathon', file], {}), {
    code: 2,
    stdout: '',
    stderr: `dips-probe: ${file}:\n  pinger.url: missing\n  services[0].port: missing\n`,
  });
  const none = await runCommand(t, ['marathon', '/nowhere/services.yaml'], {});
  assert.deepEqual([none.code, none.stderr], [2, 'dips-probe: /nowhere/services.yaml: cannot be read (ENOENT)\n']);
});

test('--help says what the file is', async (t) => {
  const { code, stdout } = await runCommand(t, ['marathon', '--help'], {});
  assert.equal(code, 0);
  assert.match(stdout, /YAML or JSON; see\s+examples\/marathon\/services\.yaml/);
});
