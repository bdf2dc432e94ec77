import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PRIVATE_NETWORKS } from '../../src/config/allowRules.ts';
import { loadCollectConfig } from '../../src/config/collectConfig.ts';
import { ConfigError } from '../../src/config/faults.ts';
import { loadRunConfig } from '../../src/config/runConfig.ts';

import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { DEFAULT_SPOOL_BOUNDS } from '../../src/model/spool.ts';
import { DEFAULT_LIMITS } from '../../src/model/stateLimits.ts';

const dir = mkdtempSync(join(tmpdir(), 'dips-probe-config-'));
test.after(() => rmSync(dir, { recursive: true }));

function load(yaml: string) {
  const file = join(dir, 'run.yaml');
  writeFileSync(file, yaml);
  return loadRunConfig(file);
}

/** The faults of a bad file, without the file's name and the indentation. */
function faultsOf(yaml: string): string[] {
  try {
    load(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.ok(error.message.startsWith(join(dir, 'run.yaml')), error.message);
    return [...error.faults];
  }
  return [];
}

test('the examples are fine', () => {
  const config = loadRunConfig(fileURLToPath(new URL('../../examples/run.yaml', import.meta.url)));
  assert.equal(config.targets.length, 2);
  assert.deepEqual(config.targets[1], {
    target: { scheme: 'dips', host: 'lbvobox02.example.org', port: 9170, service: 'Framework/Monitoring' },
    intervalMs: 60_000,
    timeoutMs: 5_000,
    serverName: 'lbvobox.example.org',
    limits: { ...DEFAULT_LIMITS, failuresBeforeDown: 5, degradedOverMs: 3_000 },
  });
  assert.deepEqual(config.history, {
    path: '/var/lib/dips-probe/history.sqlite',
    maxAgeMs: 604_800_000,
    maxRows: 5_000_000,
  });
  assert.deepEqual(
    config.collect.nodes.map(({ address }) => address),
    [
      'node-1.example.org:8080',
      'node-2.example.org:8081',
      'https://node-3.example.org:8443/cadvisor',
      'https://node-4.example.org:443',
    ],
  );
  const influx = loadCollectConfig(fileURLToPath(new URL('../../examples/collect.json', import.meta.url)), true);
  assert.equal(influx?.version === 1 && influx.database, 'dirac');
});

test('what is left out gets the documented defaults', () => {
  assert.deepEqual(load('targets: ["dips://h:1/A/B"]'), {
    credentials: {},
    http: { listen: { host: '0.0.0.0', port: 1234 }, statusProfile: 'legacy' },
    ping: { timeoutMs: 8_000, workers: 1, maxInFlight: 1_000, jitter: 0.02, limits: DEFAULT_LIMITS },
    targets: [
      {
        target: { scheme: 'dips', host: 'h', port: 1, service: 'A/B' },
        intervalMs: 20_000,
        timeoutMs: 8_000,
        serverName: undefined,
        limits: DEFAULT_LIMITS,
      },
    ],
    allow: PRIVATE_NETWORKS,
    collect: {
      nodes: [],
      intervalMs: 10_000,
      timeoutMs: 5_000,
      workers: 1,
      maxBytes: 67_108_864,
      format: ORIGINAL_FORMAT,
    },
    influx: null,
    spool: null,
    store: null,
    history: null,
  });
});

test('the example says the defaults of ping, http, collect, spool and store', () => {
  const example = loadRunConfig(fileURLToPath(new URL('../../examples/run.yaml', import.meta.url)));
  const defaults = load('targets: []');
  assert.deepEqual([example.ping, example.http, example.store?.maxRows], [defaults.ping, defaults.http, 1_000_000]);
  assert.deepEqual({ ...example.collect, nodes: [] }, defaults.collect);
  const { maxBytes, maxAgeMs } = DEFAULT_SPOOL_BOUNDS;
  assert.deepEqual(example.spool, { path: '/var/lib/dips-probe/spool.sqlite', maxBytes, maxAgeMs });
});

test('limits: of ping for all, of a target for itself, key by key', () => {
  const { ping, targets } = load(`
    ping: {failuresBeforeDown: 3, degradedOver: 2s, certificateWarn: 30d}
    targets:
      - dips://h:1/A/B
      - {target: dips://h:2/A/B, degradedOver: off, successesBeforeUp: 2}
      - {target: dips://h:3/A/B, certificateWarn: off, failuresBeforeDown: 1}`);
  const ours = { failuresBeforeDown: 3, successesBeforeUp: 1, degradedOverMs: 2_000, certificateWarnMs: 2_592_000_000 };
  assert.deepEqual(ping.limits, ours);
  assert.deepEqual(
    targets.map(({ limits }) => limits),
    [
      ours,
      { ...ours, degradedOverMs: null, successesBeforeUp: 2 },
      { ...ours, certificateWarnMs: null, failuresBeforeDown: 1 },
    ],
  );
});

test('allow: rules take the place of the default, none at all leaves the targets', () => {
  assert.deepEqual(load('allow: []').allow, []);
  assert.deepEqual(load('allow: [{hosts: ["*.a.org"], ports: 9130-9200, services: ["Framework/*"]}]').allow, [
    {
      hosts: ['*.a.org'],
      cidrs: [],
      exceptCidrs: [],
      ports: [{ from: 9130, to: 9200 }],
      services: ['Framework/*'],
    },
  ]);
});

const BAD: [string, string[]][] = [
  [
    'pings: {}',
    [
      'pings: unknown key, expected one of: credentials, http, ping, targets, allow, collect, influx, spool, store, history',
    ],
  ],
  ['ping: {interval: 20}', ['ping.interval: expected a time such as 500ms, 10s or 2m, at most 24h, got 20']],
  ['ping: {interval: soon}', ['ping.interval: expected a time such as 500ms, 10s or 2m, at most 24h, got "soon"']],
  ['ping: {interval: 0s}', ['ping.interval: expected a time such as 500ms, 10s or 2m, at most 24h, got "0s"']],
  ['targets: dips://h:1/A/B', ['targets: expected a list, got "dips://h:1/A/B"']],
  ['targets: ["dips://h:70000/A/B"]', ['targets[0]: port "70000": expected a number from 1 to 65535']],
  ['targets: ["dips://h:1/A/B", "h:1/A/B"]', ['targets: dips://h:1/A/B is there twice']],
  ['targets: [{interval: 1s}]', ['targets[0].target: missing']],
  ['http: {listen: here}', ['http.listen: expected address:port, such as 127.0.0.1:1234, got "here"']],
  ['collect: {nodes: ["n:x"]}', ['collect.nodes[0]: port "x": expected a number from 1 to 65535']],
  ['collect: {nodes: ["n", "n:8080"]}', ['collect.nodes: n:8080 is there twice']],
  [
    'allow: [{hosts: ["*"], ports: 80}, {cidrs: [10/8]}, {}, {host: a}]',
    [
      'allow[0].ports: expected a list of ports, or a range such as "9130-9200", got 80',
      'allow[3].host: unknown key, expected one of: hosts, cidrs, ports, services',
    ],
  ],
  [
    'allow: [{hosts: ["*"]}, {cidrs: [10/8]}, {}, {hosts: [a], ports: 9-1}]',
    [
      'allow[0]: host "*": expected a host name, *.example.org, or a network such as 10.0.0.0/8',
      'allow[1]: network "10/8": expected one such as 10.0.0.0/8 or fd00::/8',
      'allow[2]: expected hosts or cidrs, got neither',
      'allow[3]: ports "9-1": expected a port or a range such as 9130-9200',
    ],
  ],
  ['store: {}', ['store.path: missing']],
  ['spool: {}', ['spool.path: missing']],
  ['spool: {path: /x}', ['influx: missing, expected where the points of the spool shall go']],
  ['spool: {path: /x, maxBytes: 1000}', ['spool.maxBytes: expected a number from 1048576 to ∞, got 1000']],
  ['history: {maxAge: 5d}', ['history.path: missing']],
  [
    'history: {path: /x, maxAge: 2y, maxRows: 1}',
    [
      'history.maxAge: expected a time such as 12h or 30d, at most 366d, got "2y"',
      'history.maxRows: expected a number from 1000 to ∞, got 1',
    ],
  ],
  ['http: {statusProfile: nagios}', ['http.statusProfile: expected one of "legacy", "consul", got "nagios"']],
  [
    'ping: {maxInFlight: 0, jitter: 0.5, failuresBeforeDown: 0, successesBeforeUp: 1.5}',
    [
      'ping.maxInFlight: expected a number from 1 to 10000, got 0',
      'ping.jitter: expected a number from 0 to 0.25, got 0.5',
      'ping.failuresBeforeDown: expected a number from 1 to 100, got 0',
      'ping.successesBeforeUp: expected a whole number, got 1.5',
    ],
  ],
  [
    'ping: {degradedOver: 2d, certificateWarn: never}',
    [
      'ping.degradedOver: expected a time such as 500ms, 10s or 2m, at most 24h, or off, got "2d"',
      'ping.certificateWarn: expected a time such as 12h or 30d, at most 366d, or off, got "never"',
    ],
  ],
  [
    'targets: [{target: "dips://h:1/A/B", failuresBeforeDown: 101, degradedAfter: 1s}]',
    [
      'targets[0].degradedAfter: unknown key, expected one of: target, interval, timeout, serverName, failuresBeforeDown, successesBeforeUp, degradedOver, certificateWarn',
      'targets[0].failuresBeforeDown: expected a number from 1 to 100, got 101',
    ],
  ],
  [
    'ping: {workers: 0}\nstore: {path: /x, maxRow: 5}',
    [
      'ping.workers: expected a number from 1 to 64, got 0',
      'store.maxRow: unknown key, expected one of: path, maxRows',
    ],
  ],
];

for (const [yaml, faults] of BAD) {
  test(`says what is wrong with ${JSON.stringify(yaml)}`, () => {
    assert.deepEqual(faultsOf(yaml), faults);
  });
}

test('a file that is no YAML, or not there, is said to be so, without its text', () => {
  const [fault = ''] = faultsOf('influx: {password: hunter2\n  }}: [');
  assert.match(fault, /^not YAML: /);
  assert.doesNotMatch(fault, /hunter2/);
  assert.throws(() => loadRunConfig(join(dir, 'absent.yaml')), /absent\.yaml: cannot be read \(ENOENT\)/);
});

test('a password of the wrong type is not shown', () => {
  const faults = faultsOf('influx: {database: d, username: u, password: 12345}');
  assert.equal(faults.length, 1);
  assert.doesNotMatch(faults.join(), /12345/);
});
