import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseNode } from '../../src/cadvisor/node.ts';
import { loadCollectConfig } from '../../src/config/collectConfig.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';

interface Compose {
  services: Record<
    string,
    {
      command: string[];
      labels?: Record<string, string>;
      container_name?: string;
      environment?: Record<string, string>;
    }
  >;
  configs: Record<string, { content: string }>;
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const compose = parse(read('../../docker/compose.yml'), { merge: true }) as Compose;

test('docker/compose.yml fits the specification', () => {
  const { $schema: _, $id: __, ...schema } = JSON.parse(read('../fixtures/compose/compose-spec.json'));
  const fits = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  assert.ok(fits(compose), JSON.stringify(fits.errors));
  assert.ok(!fits({ services: { a: { imaeg: 'x' } } }), 'the schema takes anything');
});

test('its parts fit each other: services, Consul’s checks, self-pings and what the collector looks for', (t) => {
  const consul = JSON.parse(compose.configs.consul?.content ?? '') as {
    services: { address: string; port: number; checks: { http: string }[] }[];
  };
  assert.equal(consul.services.length, 2);
  for (const { address, port, checks } of consul.services) {
    const service = compose.services[address];
    const component = service?.labels?.dirac_component;
    assert.deepEqual(service?.command, ['dirac-service', component]);
    assert.equal(service?.environment?.DIPS_PROBE_SELF, `${port}/${component}`);
    assert.match(service?.container_name ?? '', /mesos/);
    assert.deepEqual(
      checks.map(({ http }) => http),
      [`http://pinger:1234/ping?host=${address}&port=${port}&service=${component}`],
    );
  }
  const { command = [] } = compose.services.collector ?? {};
  assert.equal(parseNode(command.at(-1) ?? '').address, 'cadvisor:8080');
  const influx = loadCollectConfig(
    temporaryFolder(t).write('influx.json', compose.configs.influx?.content ?? ''),
    true,
  );
  assert.equal(influx?.version === 1 && influx.database, 'dirac');
});
