import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/faults.ts';
import { loadRunConfig } from '../../src/config/runConfig.ts';
import { createThrowAwayCa } from '../../src/demo/pki.ts';

const dir = mkdtempSync(join(tmpdir(), 'dips-probe-nodes-'));
test.after(() => rmSync(dir, { recursive: true }));

function load(collect: unknown) {
  const file = join(dir, 'run.yaml');
  writeFileSync(file, stringify({ collect }));
  return loadRunConfig(file).collect;
}

function faultsOf(collect: unknown): readonly string[] {
  try {
    load(collect);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.doesNotMatch(error.message, /hunter2/, 'no secret is shown');
    return error.faults;
  }
  return [];
}

function fileOf(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

test('nodes as a text, as a URL, and with all that is their own', async () => {
  const { caPem } = await createThrowAwayCa();
  const { nodes } = load({
    nodes: [
      'node-1',
      'http://node-2/cadvisor/',
      {
        node: 'https://node-3:8443',
        host: 'third',
        username: 'probe',
        passwordFile: fileOf('password', 'hunter2\n'),
        ca: fileOf('ca.pem', caPem),
        interval: '1m',
        timeout: '20s',
      },
      { node: 'node-4', username: 'probe', password: 'hunter2' },
    ],
  });
  const plain = { login: null, ca: null, intervalMs: null, timeoutMs: null };
  const login = { username: 'probe', password: 'hunter2' };
  assert.deepEqual(nodes, [
    { ...plain, address: 'node-1:8080', host: 'node-1', url: 'http://node-1:8080' },
    { ...plain, address: 'http://node-2:80/cadvisor', host: 'node-2', url: 'http://node-2:80/cadvisor' },
    {
      address: 'https://node-3:8443',
      host: 'third',
      url: 'https://node-3:8443',
      login,
      ca: caPem,
      intervalMs: 60_000,
      timeoutMs: 20_000,
    },
    { ...plain, address: 'node-4:8080', host: 'node-4', url: 'http://node-4:8080', login },
  ]);
});

test('the form of the lines', () => {
  const given = { schemas: ['legacy', 'cadvisor'], alias: 'dirac-', label: 'app', tags: { site: 'LCG.CERN.ch' } };
  assert.deepEqual(load(given).format, given);
  assert.deepEqual(load({ alias: 'off', label: null, maxBytes: 1_048_576 }), {
    ...load({}),
    maxBytes: 1_048_576,
    format: { schemas: ['legacy'], alias: null, label: null, tags: {} },
  });
});

const BAD: [unknown, string[]][] = [
  [
    { nodes: [5, '', { host: 'n' }, { node: 'n', usrname: 'u' }] },
    [
      'collect.nodes[0]: expected a node such as HOST:PORT, or an object with it as node, got 5',
      'collect.nodes[1].node: expected a text that is not empty, got ""',
      'collect.nodes[2].node: missing',
      'collect.nodes[3].usrname: unknown key, expected one of: node, host, username, password, passwordFile, ca, interval, timeout',
    ],
  ],
  [
    { nodes: [{ node: 'n', username: 'u', password: 12345, timeout: 'soon' }] },
    [
      'collect.nodes[0].password: expected a text, got a number',
      'collect.nodes[0].timeout: expected a time such as 500ms, 10s or 2m, at most 24h, got "soon"',
    ],
  ],
  [{ nodes: ['n', 'http://n:8080/'] }, ['collect.nodes: n:8080 is there twice']],
  [
    {
      nodes: ['https://u:hunter2@n/', 'https://u:hunter2@n:99999/', 'ftp://n', 'https://n/?a=hunter2', 'https://n n/'],
    },
    [
      'collect.nodes[0]: node: a login in the URL, expected it as username and password beside the URL',
      'collect.nodes[1]: node: is no URL, expected one such as https://host:port/path',
      'collect.nodes[2]: node "ftp://n": expected http:// or https://',
      'collect.nodes[3]: node: expected a URL without ? and #',
      'collect.nodes[4]: node "https://n n/": is no URL, expected one such as https://host:port/path',
    ],
  ],
  [
    {
      nodes: [
        { node: 'a', username: 'u' },
        { node: 'b', password: 'hunter2' },
        { node: 'c', username: 'u', password: 'hunter2', passwordFile: '/x' },
        { node: 'd', username: 'u', passwordFile: '/not/there' },
        { node: 'e', username: 'u:v', password: 'hunter2' },
        { node: 'f', ca: '/x' },
        { node: 'https://g', ca: '/not/there' },
      ],
    },
    [
      'collect.nodes[0]: password: missing, a username is given (or passwordFile)',
      'collect.nodes[1]: username: missing, a password is given',
      'collect.nodes[2]: password: there is a passwordFile too, expected one of them',
      'collect.nodes[3]: passwordFile: /not/there cannot be read (ENOENT)',
      'collect.nodes[4]: username: expected one without a colon, which ends it in HTTP',
      'collect.nodes[5]: ca: expected an https:// URL as node, a ca is given',
      'collect.nodes[6]: ca: /not/there cannot be read (ENOENT)',
    ],
  ],
  [
    { schemas: ['new'], alias: '', label: 5, tags: { a: 1, b: '' }, maxBytes: 5 },
    [
      'collect.schemas[0]: expected one of "legacy", "cadvisor", got "new"',
      'collect.alias: expected a text that is not empty, or off, got ""',
      'collect.label: expected a text that is not empty, or off, got 5',
      'collect.tags.a: expected a text, got 1',
      'collect.tags.b: expected a text that is not empty, got ""',
      'collect.maxBytes: expected a number from 1048576 to 268435456, got 5',
    ],
  ],
  [{ schemas: [] }, ['collect.schemas: expected legacy, cadvisor or both, got a list']],
  [{ schemas: ['legacy', 'legacy'] }, ['collect.schemas: expected legacy, cadvisor or both, got a list']],
  [
    { tags: { host: 'x', 'a b': 'y' } },
    [
      'collect.tags.host: lines have this tag anyway, expected another name',
      'collect.tags: "a b" is no name of a tag, expected letters, digits, _ . and -',
    ],
  ],
];
for (const [collect, faults] of BAD) {
  test(`says what is wrong with ${JSON.stringify(collect)}`, () => assert.deepEqual(faultsOf(collect), faults));
}

test('a ca that is no certificate', () => {
  const ca = fileOf('no.pem', 'nothing');
  assert.deepEqual(faultsOf({ nodes: [{ node: 'https://n', ca }] }), [
    `collect.nodes[0]: ca: ${ca} holds no certificate, expected some in PEM`,
  ]);
});
