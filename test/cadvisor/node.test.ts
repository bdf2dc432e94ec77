import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNode, thisNode } from '../../src/cadvisor/node.ts';

const PLAIN = { login: null, ca: null, intervalMs: null, timeoutMs: null };

/** Text, its tag, and its address where that is another than the text. */
const NODES: [text: string, host: string, address: string, url: string][] = [
  ['Node-1', 'Node-1', 'Node-1:8080', 'http://Node-1:8080'],
  ['node-1.example.org:9090', 'node-1.example.org', 'node-1.example.org:9090', 'http://node-1.example.org:9090'],
  ['10.0.0.1', '10.0.0.1', '10.0.0.1:8080', 'http://10.0.0.1:8080'],
  ['[::1]:81', '[::1]', '[::1]:81', 'http://[::1]:81'],
  ['http://a:8080', 'a', 'a:8080', 'http://a:8080'],
  ['http://a/', 'a', 'a:80', 'http://a:80'],
  ['http://a/b/', 'a', 'http://a:80/b', 'http://a:80/b'],
  ['https://a', 'a', 'https://a:443', 'https://a:443'],
  ['https://[::1]:8443/cadvisor', '[::1]', 'https://[::1]:8443/cadvisor', 'https://[::1]:8443/cadvisor'],
];
for (const [text, host, address, url] of NODES) {
  test(`node ${text}`, () => assert.deepEqual(parseNode(text), { ...PLAIN, host, address, url }));
}

test('this machine is tagged with its short name, as the original did', () => {
  const address = 'node-1.example.org:8080';
  assert.deepEqual(thisNode('node-1.example.org'), { ...PLAIN, host: 'node-1', address, url: `http://${address}` });
});

for (const text of [
  '',
  ':8080',
  'a:0',
  'a:70000',
  'a:x',
  'a:',
  'a b',
  'ftp://a',
  'http://',
  'http://a:0',
  'https://a?b',
  'https://u@a',
  '::1',
  '[::1',
  'a/b',
]) {
  test(`refused as a node: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseNode(text), { name: 'TargetError' });
  });
}
