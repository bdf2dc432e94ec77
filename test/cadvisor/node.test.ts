import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNode, thisNode } from '../../src/cadvisor/node.ts';

test('a node is tagged with its host as given, without the port', () => {
  assert.deepEqual(parseNode('Node-1'), { host: 'Node-1', address: 'Node-1:8080' });
  assert.deepEqual(parseNode('node-1.example.org:9090'), {
    host: 'node-1.example.org',
    address: 'node-1.example.org:9090',
  });
  assert.deepEqual(parseNode('10.0.0.1'), { host: '10.0.0.1', address: '10.0.0.1:8080' });
  assert.deepEqual(parseNode('[::1]:81'), { host: '[::1]', address: '[::1]:81' });
});

test('this machine is tagged with its short name, as the original did', () => {
  assert.deepEqual(thisNode('node-1.example.org'), { host: 'node-1', address: 'node-1.example.org:8080' });
  assert.deepEqual(thisNode('node-1'), { host: 'node-1', address: 'node-1:8080' });
});

for (const text of ['', ':8080', 'a:0', 'a:70000', 'a:x', 'a:', 'a b', 'http://a', '::1', '[::1', 'a/b']) {
  test(`refused as a node: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseNode(text), { name: 'TargetError' });
  });
}
