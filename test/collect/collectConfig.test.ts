import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadCollectConfig } from '../../src/config/collectConfig.ts';
import { ConfigError, createCheck } from '../../src/config/faults.ts';
import { DEFAULT_BATCH } from '../../src/model/influxTarget.ts';

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
    version: 1,
    url: 'http://localhost:8086',
    database: 'dirac',
    retentionPolicy: null,
    login: null,
    ca: null,
    gzip: true,
    batch: DEFAULT_BATCH,
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
    version: 1,
    gzip: false,
    batchLines: 10,
    batchBytes: 4096,
    batchAge: '250ms',
  };
  assert.deepEqual(loadCollectConfig(fileOf(JSON.stringify(members)), true), {
    version: 1,
    url: 'https://[::1]:443',
    database: 'd',
    retentionPolicy: 'week',
    login: { username: 'u', password: 'p' },
    ca: 'PEM',
    gzip: false,
    batch: { maxLines: 10, maxBytes: 4096, maxAgeMs: 250 },
  });
});

test('a url stands in place of host, port and ssl, and may have a path', () => {
  const taken = loadCollectConfig(fileOf('{"url": "https://influx.example.org:444/db/", "database": "d"}'), true);
  assert.equal(taken?.url, 'https://influx.example.org:444/db');
});

test('an org, a bucket or a token makes it version 2; version 3 is named', () => {
  const rest = { url: 'http://localhost:8086', ca: null, gzip: true, batch: DEFAULT_BATCH };
  const named = '{"org": "o", "bucket": "b", "token": "t"}';
  assert.deepEqual(loadCollectConfig(fileOf(named), false), {
    version: 2,
    org: 'o',
    bucket: 'b',
    token: 't',
    ...rest,
  });
  const third = '{"version": 3, "database": "d", "token": "t"}';
  assert.deepEqual(loadCollectConfig(fileOf(third), true), { version: 3, database: 'd', token: 't', ...rest });
  const open = '{"version": 3, "database": "d"}';
  assert.deepEqual(loadCollectConfig(fileOf(open), true), { version: 3, database: 'd', token: null, ...rest });
});

test('secrets out of files, without the end of the line', () => {
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 's3cret!\n');
  const first = loadCollectConfig(
    fileOf(JSON.stringify({ database: 'd', username: 'u', passwordFile: secretFile })),
    true,
  );
  assert.deepEqual(first?.version === 1 && first.login, { username: 'u', password: 's3cret!' });
  const third = loadCollectConfig(fileOf(JSON.stringify({ version: 3, database: 'd', tokenFile: secretFile })), true);
  assert.equal(third?.version === 3 && third.token, 's3cret!');
  writeFileSync(secretFile, '\n');
  assert.deepEqual(faultsOf(JSON.stringify({ database: 'd', username: 'u', passwordFile: secretFile })), [
    `passwordFile: expected a password in ${secretFile}, it is empty`,
  ]);
  writeFileSync(secretFile, 'two words');
  assert.deepEqual(faultsOf(JSON.stringify({ org: 'o', bucket: 'b', tokenFile: secretFile })), [
    'tokenFile: expected a token of ASCII letters, digits and signs, without blanks',
  ]);
});

const BAD: [string, string, string[]][] = [
  ['no database', ALL_NULL, ['database: missing, expected the name of the InfluxDB database to write to']],
  [
    'an unknown key',
    '{"database": "d", "hots": "x"}',
    [
      'hots: unknown key, expected one of: host, port, username, password, database, ssl, ca, retentionPolicy, version, url, org, bucket, token, tokenFile, passwordFile, gzip, batchLines, batchBytes, batchAge',
    ],
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
  [
    'a token beside a database, and no version said',
    '{"database": "d", "token": "t"}',
    [
      'org: missing, expected the name of the InfluxDB organization',
      'bucket: missing, expected the name of the InfluxDB bucket to write to',
      'database: not expected, version 2 has an org, a bucket and a token',
    ],
  ],
  [
    'a token for version 1',
    '{"version": 1, "database": "d", "token": "t"}',
    ['token: not expected, version 1 has a database, a username and a password'],
  ],
  [
    'a login and a retention policy for version 3',
    '{"version": 3, "database": "d", "username": "u", "password": "p", "retentionPolicy": "r"}',
    ['retentionPolicy', 'username', 'password'].map(
      (key) => `${key}: not expected, version 3 has a database and a token`,
    ),
  ],
  [
    'secrets given twice',
    '{"database": "d", "username": "u", "password": "p", "passwordFile": "f"}',
    ['passwordFile: not expected, the password is given'],
  ],
  [
    'a token given twice',
    '{"org": "o", "bucket": "b", "token": "t", "tokenFile": "f"}',
    ['tokenFile: not expected, the token is given'],
  ],
  [
    'a url and what it says, again',
    '{"database": "d", "url": "http://h", "host": "h", "port": 1, "ssl": false}',
    ['host', 'port', 'ssl'].map((key) => `${key}: not expected, the url says it`),
  ],
  [
    'a ca and a url without TLS',
    '{"database": "d", "url": "http://h", "ca": "ca.pem"}',
    ['url: expected https, a ca is given'],
  ],
  ...['http://u:s3cret@h', 'h:8086', 'ftp://h', 'http://h?db=d', 'http://'].map((url): [string, string, string[]] => [
    `the url ${url}`,
    JSON.stringify({ database: 'd', url }),
    ['url: expected http://host:port or https://host:port, perhaps with a path, and nothing else'],
  ]),
  [
    'versions, batches and a secret of the wrong type',
    '{"database": "d", "version": 4, "batchLines": 0, "batchBytes": 1, "batchAge": "soon", "token": 4711}',
    [
      'version: expected a number from 1 to 3, got 4',
      'token: expected a text or null, got a number',
      'batchLines: expected a number from 1 to 100000, got 0',
      'batchBytes: expected a number from 1024 to 25000000, got 1',
      'batchAge: expected a time above 0 and at most a day, such as "500ms" or "1s", got "soon"',
    ],
  ],
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
