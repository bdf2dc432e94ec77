import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { ConfigError } from '../../src/config/faults.ts';
import { marathonApps } from '../../src/config/marathonApps.ts';
import { loadServicesFile } from '../../src/config/servicesFile.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/marathon/services.yaml', import.meta.url));
const { $schema: _, ...appSchema } = readJson('../fixtures/marathon/AppDefinition.json');
const isApp = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(appSchema);

function readJson(path: string) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

/** Loads a file of this text. */
function load(t: Parameters<typeof temporaryFolder>[0], text: string) {
  return loadServicesFile(temporaryFolder(t).write('services.yaml', text));
}

test('Marathon takes every app', (t) => {
  const least = load(t, 'pinger: {url: "http://p:1"}\nservices: [{service: A/B, port: 1, image: i}]');
  for (const app of [...marathonApps(loadServicesFile(EXAMPLE)), ...marathonApps(least)]) {
    assert.ok(isApp(app), JSON.stringify(isApp.errors));
  }
  assert.ok(!isApp({ id: '/Dirac', cmd: 'a', args: ['b'] }), 'the schema takes anything');
});

test('examples/marathon/apps.json is what is made of services.yaml', () => {
  assert.deepEqual(marathonApps(loadServicesFile(EXAMPLE)), readJson('../../examples/marathon/apps.json'));
});

test('the example says the defaults', (t) => {
  const example = loadServicesFile(EXAMPLE);
  const least = load(
    t,
    'pinger: {url: "http://p:1", image: i}\nservices: [{service: WorkloadManagement/JobManager, port: 9132, image: i}]',
  );
  assert.deepEqual({ ...example.pinger, url: '', image: '' }, { ...least.pinger, url: '', image: '' });
  assert.deepEqual([example.etc, example.selfPing], [least.etc, least.selfPing]);
  assert.deepEqual({ ...example.services[2], image: 'i' }, least.services[0]);
});

test('what Consul, Marathon and the collector read of a service', (t) => {
  const file =
    'pinger: {url: "http://lbdiracgw:1234"}\nservices: [{service: DataManagement/FileCatalog, port: 9197, image: i}]';
  const [app, ...others] = marathonApps(load(t, file)) as [Record<string, unknown>];
  assert.deepEqual(others, [], 'a pinger without an image has no app');
  assert.deepEqual(app.labels, {
    check_http: 'http://lbdiracgw:1234/ping?host={host}&port={port}&service=DataManagement/FileCatalog',
    check_interval: '20s',
  });
  assert.deepEqual(app.env, { DIPS_PROBE_SELF: '9197/DataManagement/FileCatalog' });
  assert.deepEqual(app.healthChecks, [
    {
      protocol: 'COMMAND',
      command: { value: '/opt/dips-probe/self-ping 9197/DataManagement/FileCatalog' },
      gracePeriodSeconds: 300,
      intervalSeconds: 60,
      timeoutSeconds: 20,
      maxConsecutiveFailures: 3,
    },
  ]);
  const { docker } = app.container as { docker: { parameters: unknown } };
  assert.deepEqual(docker.parameters, [{ key: 'label', value: 'dirac_component=DataManagement/FileCatalog' }]);
});

test('defaults give way to what a service says, key by key, and env variable by variable', (t) => {
  const { services } = load(
    t,
    `{"pinger": {"url": "http://p:1"}, "defaults": {"image": "i", "mem": 100, "env": {"A": "1", "B": "1"}},
      "services": [{"service": "A/B", "port": 1, "mem": 200, "env": {"B": "2"}}, {"service": "A/C", "port": 1}]}`,
  );
  assert.deepEqual(
    services.map(({ mem, env }) => [mem, env]),
    [
      [200, { A: '1', B: '2' }],
      [100, { A: '1', B: '1' }],
    ],
  );
});

const BAD: [string, string[]][] = [
  ['{}', ['pinger: missing', 'services: missing']],
  [
    'services: [',
    [
      'not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 12:',
    ],
  ],
  [
    'pinger: {url: "lbdiracgw:1234", prot: 1}\nservices: []\nservice: 1',
    [
      'service: unknown key, expected one of: pinger, etc, selfPing, defaults, services',
      'pinger.prot: unknown key, expected one of: url, id, image, instances, port, constraints',
      'pinger.url: expected an address such as http://lbdiracgw:1234, got "lbdiracgw:1234"',
      'services: expected at least 1 in the list, got a list',
    ],
  ],
  [
    `pinger: {url: "http://p:1"}
services: [{service: FileCatalog, port: 0, mem: 1, cpus: many, id: /Dirac, env: {A: 1}, constraints: [[hostname]], command: []}]`,
    [
      'services[0].port: expected a port, a whole number from 1 to 65535, got 0',
      'services[0].id: expected an id of Marathon, such as /dirac/file-catalog: small letters, digits, dots and dashes, got "/Dirac"',
      'services[0].command: expected at least 1 in the list, got a list',
      'services[0].cpus: expected a number, got "many"',
      'services[0].mem: expected MB, a number from 16 to 1048576, got 1',
      'services[0].constraints[0]: expected at least 2 in the list, got a list',
      'services[0].env.A: expected a text (in quotes if it looks like a number), got 1',
    ],
  ],
  [
    `pinger: {url: "http://p:1", image: i, id: /dirac/a-b}
services: [{service: FileCatalog, port: 1}, {service: A/B, port: 1, image: i}, {service: A/C, port: 1}]`,
    [
      'services[0]: service "FileCatalog": expected System/Service, such as DataManagement/FileCatalog',
      'services[2]: image: missing, expected here or in defaults',
      'services: /dirac/a-b is there twice',
    ],
  ],
];

for (const [text, faults] of BAD) {
  test(`all faults at once: ${text.slice(0, 60)}`, (t) => {
    assert.throws(
      () => load(t, text),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.faults, faults);
        return true;
      },
    );
  });
}
