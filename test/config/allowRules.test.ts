import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllowOption, readAllowEntry } from '../../src/config/allowRules.ts';

const FROM_1024 = [{ from: 1024, to: 65_535 }];

/** Texts of `--allow`, and the host part and ports that they are read as. */
const OPTIONS: [text: string, hosts: string[], cidrs: string[], ports: { from: number; to: number }[]][] = [
  ['10.0.0.0/8', [], ['10.0.0.0/8'], FROM_1024],
  ['192.0.2.7', [], ['192.0.2.7/32'], FROM_1024],
  ['192.0.2.7:9135', [], ['192.0.2.7/32'], [{ from: 9135, to: 9135 }]],
  ['10.0.0.0/8:9130-9200', [], ['10.0.0.0/8'], [{ from: 9130, to: 9200 }]],
  ['fd00::/8', [], ['fd00::/8'], FROM_1024],
  ['::1', [], ['::1/128'], FROM_1024],
  ['[fd00::/8]:443', [], ['fd00::/8'], [{ from: 443, to: 443 }]],
  ['[::1]', [], ['::1/128'], FROM_1024],
  ['VOBox01.example.org', ['vobox01.example.org'], [], FROM_1024],
  ['*.Example.org:1-65535', ['*.example.org'], [], [{ from: 1, to: 65_535 }]],
];

for (const [text, hosts, cidrs, ports] of OPTIONS) {
  test(`--allow ${text}`, () => {
    assert.deepEqual(parseAllowOption(text), { hosts, cidrs, exceptCidrs: [], ports, services: [] });
  });
}

const HOST = 'expected a host name, *.example.org, or a network such as 10.0.0.0/8';

/** Texts of `--allow` that say nothing, and what is said of them. `10/8` is 0.0.0.10 for some readers of addresses. */
const WRONG: [text: string, message: string][] = [
  ['', 'expected CIDR[:PORTS] or HOST[:PORTS], an IPv6 network with ports in brackets: [fd00::/8]:9130-9200'],
  ['10/8', `host "10/8": ${HOST}`],
  ['10.0.0.0/33', `host "10.0.0.0/33": ${HOST}`],
  ['10.0.0.0/8/8', `host "10.0.0.0/8/8": ${HOST}`],
  ['*', `host "*": ${HOST}`],
  ['*.', `host "*.": ${HOST}`],
  ['*.10.0.0.1', `host "*.10.0.0.1": ${HOST}`],
  ['a*.example.org', `host "a*.example.org": ${HOST}`],
  ['[fe80::1%eth0]', `host "fe80::1%eth0": ${HOST}`],
  [
    'fe80::1%eth0/64',
    'expected CIDR[:PORTS] or HOST[:PORTS], an IPv6 network with ports in brackets: [fd00::/8]:9130-9200',
  ],
  ['example.org:0', 'port "0": expected a number from 1 to 65535'],
  ['example.org:x', 'port "x": expected a number from 1 to 65535'],
  ['example.org:20-10', 'ports "20-10": expected a port or a range such as 9130-9200'],
  ['example.org:1-2-3', 'ports "1-2-3": expected a port or a range such as 9130-9200'],
];

for (const [text, message] of WRONG) {
  test(`--allow ${text}: refused`, () => {
    assert.throws(() => parseAllowOption(text), { name: 'TargetError', message });
  });
}

test('a rule of the file', () => {
  assert.deepEqual(
    readAllowEntry({ hosts: ['*.a.org'], cidrs: ['10.0.0.0/8'], ports: [9135, 443], services: ['Framework/*', 'A/B'] }),
    {
      hosts: ['*.a.org'],
      cidrs: ['10.0.0.0/8'],
      exceptCidrs: [],
      ports: [
        { from: 9135, to: 9135 },
        { from: 443, to: 443 },
      ],
      services: ['Framework/*', 'A/B'],
    },
  );
  assert.throws(() => readAllowEntry({ services: ['A/B'] }), { message: 'expected hosts or cidrs, got neither' });
  assert.throws(() => readAllowEntry({ cidrs: ['here'] }), {
    message: 'network "here": expected one such as 10.0.0.0/8 or fd00::/8',
  });
  for (const service of ['*', '*/*', 'A/B*', 'A*/B']) {
    assert.throws(() => readAllowEntry({ hosts: ['a'], services: [service] }), { name: 'TargetError' }, service);
  }
});
