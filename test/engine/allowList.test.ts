import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRIVATE_NETWORKS, parseAllowOption, readAllowEntry } from '../../src/config/allowRules.ts';
import { createAllowList, type Judge } from '../../src/engine/allowList.ts';
import type { Target } from '../../src/model/target.ts';

function targetOf(over: Partial<Target> = {}): Target {
  return { scheme: 'dips', host: 'h.example.org', port: 9135, service: 'Framework/Ping', ...over };
}

/** Whether a target is let through when its name resolves to these addresses. */
function isAllowed(judge: Judge, target: Target, addresses: string[]): boolean {
  const verdict = judge(target);
  if (verdict === 'allowed') return true;
  return 'judgeAddresses' in verdict && verdict.judgeAddresses(addresses) === null;
}

const byDefault = createAllowList(PRIVATE_NETWORKS, []);

for (const address of [
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.9.9.9',
  '169.254.0.1',
  '::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
]) {
  test(`by default ${address} may be pinged`, () => {
    assert.equal(isAllowed(byDefault, targetOf({ host: address }), [address]), true);
    assert.equal(isAllowed(byDefault, targetOf(), [address]), true);
    assert.equal(isAllowed(byDefault, targetOf({ port: 1023 }), [address]), false);
    assert.equal(isAllowed(byDefault, targetOf(), [address, '198.51.100.1']), false);
  });
}

for (const address of [
  '0.0.0.0',
  '::',
  '8.8.8.8',
  '172.32.0.1',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '169.254.169.254',
  '169.254.170.2',
  '::ffff:169.254.169.254',
  '::ffff:8.8.8.8',
  '::ffff:0.0.0.0',
  '64:ff9b::a00:1',
  '2002:a00:1::1',
  '::10.0.0.1',
  'fd00:ec2::254',
  'fe80::a9fe:a9fe',
  'fe80::a9fe:a9fe%eth0',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  'no address at all',
]) {
  test(`by default ${address} may not be pinged`, () => {
    assert.equal(isAllowed(byDefault, targetOf(), [address]), false);
    assert.equal(isAllowed(byDefault, targetOf(), ['10.0.0.1', address]), false);
  });
}

test('what configuration names is allowed exactly as it is named', () => {
  const judge = createAllowList([], [targetOf({ port: 80 })]);
  assert.equal(judge(targetOf({ port: 80 })), 'allowed');
  for (const over of [{ port: 81 }, { host: 'other' }, { service: 'Framework/Pong' }, { scheme: 'dip' as const }]) {
    assert.deepEqual(Object.keys(judge(targetOf({ port: 80, ...over }))), ['refused'], JSON.stringify(over));
  }
});

test('names: exact or by a domain, whatever they resolve to', () => {
  const judge = createAllowList(['a.org', '*.b.org'].map(parseAllowOption), []);
  for (const host of ['a.org', 'a.org.', 'x.b.org', 'x.y.b.org', 'x.b.org.']) {
    assert.equal(judge(targetOf({ host })), 'allowed', host);
  }
  for (const host of ['x.a.org', 'b.org', 'xb.org', 'a.org.evil.org', 'a.orgx', '2130706433']) {
    assert.equal(isAllowed(judge, targetOf({ host }), ['127.0.0.1']), false, host);
  }
});

test('ports and services of a rule', () => {
  const judge = createAllowList(
    [readAllowEntry({ cidrs: ['10.0.0.0/8'], ports: '9130-9200', services: ['Framework/*', 'A/B'] })],
    [],
  );
  const allowed = (over: Partial<Target>) => isAllowed(judge, targetOf(over), ['10.0.0.1']);
  for (const over of [{}, { port: 9130 }, { port: 9200 }, { service: 'A/B' }]) assert.ok(allowed(over));
  for (const over of [{ port: 9129 }, { port: 9201 }, { service: 'A/C' }, { service: 'Frameworks/X' }]) {
    assert.ok(!allowed(over), JSON.stringify(over));
  }
});

test('a port and an address that only different rules allow are refused', () => {
  const judge = createAllowList(['10.0.0.0/8:9135', '192.168.0.0/16:9136'].map(parseAllowOption), []);
  assert.equal(isAllowed(judge, targetOf({ port: 9136 }), ['10.0.0.1']), false);
  assert.equal(isAllowed(judge, targetOf({ port: 9136 }), ['192.168.0.1']), true);
});

test('a refusal says which target and what of it', () => {
  assert.deepEqual(byDefault(targetOf({ port: 22 })), {
    refused: 'not allowed to ping dips://h.example.org:22/Framework/Ping: no rule covers this host, port and service',
  });
  const verdict = byDefault(targetOf());
  assert.ok(typeof verdict === 'object' && 'judgeAddresses' in verdict);
  assert.equal(
    verdict.judgeAddresses(['10.0.0.1', '8.8.8.8']),
    'not allowed to ping dips://h.example.org:9135/Framework/Ping: no rule covers 8.8.8.8, which h.example.org resolves to',
  );
});
