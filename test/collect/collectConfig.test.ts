import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadCollectConfig } from '../../src/config/collectConfig.ts';
import { ConfigError, createCheck } from '../../src/config/faults.ts';

const folder = mkdtempSync(join(tmpdir(), 'collect-config-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, 'config.json');
  writeFileSync(path, text);
  return path;
}

function faultsOf(text: string, needsDatabase = true): readonly string[] {
  try {
    loadCollectConfig(fileOf(text), needsDatabase);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.ok(error.message.startsWith(join(folder, 'config.json')), 'the message names the file');
    return error.faults;
  }
  assert.fail('taken');
}

const ALL_NULL = '{"host": null, "port": null, "username": null, "password": null, "database": null, "ssl": null}';

test("the original's test configuration, all null, serves where nothing is sent", () => {
  assert.equal(loadCollectConfig(fileOf(ALL_NULL), false), null);
  assert.equal(loadCollectConfig(fileOf('{}'), false), null);
});

test('null members get the defaults of influxdb-python', () => {
  assert.deepEqual(loadCollectConfig(fileOf('{"database": "dirac"}'), true), {
    url: 'http://localhost:8086',
    database: 'dirac',
    retentionPolicy: null,
    login: null,
    ca: null,
  });
});

test('every member is used', () => {
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, 'PEM');
  const members = {
    host: '::1',
    port: 443,
    username: 'u',
    password: 'p',
    database: 'd',
    ssl: true,
    ca,
    retentionPolicy: 'week',
  };
  assert.deepEqual(loadCollectConfig(fileOf(JSON.stringify(members)), true), {
    url: 'https://[::1]:443',
    database: 'd',
    retentionPolicy: 'week',
    login: { username: 'u', password: 'p' },
    ca: 'PEM',
  });
});

const BAD: [string, string, string[]][] = [
  ['no database', ALL_NULL, ['database: missing, expected the name of the InfluxDB database to write to']],
  [
    'an unknown key',
    '{"database": "d", "hots": "x"}',
    ['hots: unknown key, expected one of: host, port, username, password, database, ssl, ca, retentionPolicy'],
  ],
  [
    'all faults at once',
    '{"host": 1, "port": 0, "database": "", "ssl": "yes"}',
    [
      'host: expected a text or null, got 1',
      'port: expected a number from 1 to 65535, got 0',
      'database: expected a text that is not empty, got ""',
      'ssl: expected true or false or null, got "yes"',
    ],
  ],
  [
    'a port that is no whole number',
    '{"database": "d", "port": 80.5}',
    ['port: expected a whole number or null, got 80.5'],
  ],
  [
    'a secret of the wrong type is not shown',
    '{"database": "d", "username": "u", "password": 4711}',
    ['password: expected a text or null, got a number'],
  ],
  [
    'a URL as host',
    '{"database": "d", "host": "http://h"}',
    ['host: expected a host name or an IP address, got "http://h"'],
  ],
  ['a password without a user', '{"database": "d", "password": "p"}', ['username: missing, a password is given']],
  ['a ca without TLS', '{"database": "d", "ca": "ca.pem"}', ['ssl: expected true, a ca is given']],
  ['a list', '[]', ['the whole: expected an object, got a list']],
  ['no JSON, near a secret', '{"password": s3cret}', ["not JSON: Unexpected token 's'"]],
  [
    'JSON cut short',
    '{"password": "s3cret',
    ['not JSON: Unterminated string in JSON at position 20 (line 1 column 21)'],
  ],
];
for (const [name, text, faults] of BAD) {
  test(`refused: ${name}`, () => assert.deepEqual(faultsOf(text), faults));
}

test('refused: a file that is not there, a ca that is not there', () => {
  const missing = join(folder, 'missing.json');
  assert.throws(() => loadCollectConfig(missing, false), {
    name: 'ConfigError',
    message: /missing\.json: cannot be read: ENOENT/,
  });
  assert.match(
    faultsOf(JSON.stringify({ database: 'd', ssl: true, ca: missing }))[0] ?? '',
    /^ca: cannot be read: ENOENT/,
  );
});

test('faults of nested configurations name the path', () => {
  const check = createCheck({
    type: 'object',
    required: ['listen'],
    additionalProperties: false,
    properties: {
      listen: { type: 'string' },
      level: { enum: ['info', 'warn'] },
      nodes: {
        type: 'array',
        minItems: 1,
        items: {
          description: 'a host, or an object with a host',
          anyOf: [{ type: 'string' }, { type: 'object', required: ['host'], properties: { host: { type: 'string' } } }],
        },
      },
    },
  });
  assert.deepEqual(check({ level: 'loud', nodes: ['a', {}, 5] }), [
    'listen: missing',
    'level: expected one of "info", "warn", got "loud"',
    'nodes[1]: expected a host, or an object with a host, got an object',
    'nodes[2]: expected a host, or an object with a host, got 5',
  ]);
  assert.deepEqual(check({ listen: 'x', nodes: [] }), ['nodes: expected at least 1 in the list, got a list']);
  assert.deepEqual(check({ listen: 'x', nodes: [{ host: 'a' }] }), []);
});
