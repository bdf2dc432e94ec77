import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTarget, parseTarget, type Target } from '../../src/model/target.ts';

const TARGETS: [text: string, target: Target, url: string][] = [
  [
    'dips://a.example.org:9135/Framework/Ping',
    { scheme: 'dips', host: 'a.example.org', port: 9135, service: 'Framework/Ping' },
    'dips://a.example.org:9135/Framework/Ping',
  ],
  ['a:1/A/B', { scheme: 'dips', host: 'a', port: 1, service: 'A/B' }, 'dips://a:1/A/B'],
  [
    'dip://127.0.0.1:65535/A/B',
    { scheme: 'dip', host: '127.0.0.1', port: 65_535, service: 'A/B' },
    'dip://127.0.0.1:65535/A/B',
  ],
  ['dips://[::1]:9135/A/B', { scheme: 'dips', host: '::1', port: 9135, service: 'A/B' }, 'dips://[::1]:9135/A/B'],
  [
    '[2001:DB8::1]:9135/A/B',
    { scheme: 'dips', host: '2001:db8::1', port: 9135, service: 'A/B' },
    'dips://[2001:db8::1]:9135/A/B',
  ],
  [
    'dips://A.Example.ORG:9135/frameWork/Ping',
    { scheme: 'dips', host: 'a.example.org', port: 9135, service: 'frameWork/Ping' },
    'dips://a.example.org:9135/frameWork/Ping',
  ],
  ['https://a:8443/A/B', { scheme: 'https', host: 'a', port: 8443, service: 'A/B' }, 'https://a:8443/A/B'],
  ['diracx+https://A', { scheme: 'diracx+https', host: 'a', port: 443, service: '' }, 'diracx+https://a:443'],
  ['diracx+https://a/', { scheme: 'diracx+https', host: 'a', port: 443, service: '' }, 'diracx+https://a:443'],
  [
    'diracx+https://[::1]:8000/',
    { scheme: 'diracx+https', host: '::1', port: 8000, service: '' },
    'diracx+https://[::1]:8000',
  ],
];

for (const [text, target, url] of TARGETS) {
  test(`${text} is a target`, () => {
    assert.deepEqual(parseTarget(text), target);
    assert.equal(formatTarget(target), url);
    assert.deepEqual(parseTarget(url), target);
  });
}

const NO_TARGETS: [text: string, message: RegExp][] = [
  ['', /^target "": expected dips:\/\//],
  ['Framework/Ping', /^target "Framework\/Ping": expected dips:\/\//],
  ['http://a:1/A/B', /^target "http:\/\/a:1\/A\/B": scheme "http": expected dips, dip, https or diracx\+https$/],
  ['dips://a/A/B', /^target "dips:\/\/a\/A\/B": the port is missing: expected dips:\/\/host:port\/System\/Service$/],
  ['https://[::1]/A/B', /: the port is missing: expected https:\/\/host:port\/System\/Service$/],
  ['dips://a:1', /^target "dips:\/\/a:1": expected dips:\/\/host:port\/System\/Service or/],
  ['a:1', /^target "a:1": expected dips:\/\//],
  ['dips://', /^target "dips:\/\/": expected dips:\/\//],
  ['diracx+https://a/A/B', /: DiracX is pinged as a whole: expected diracx\+https:\/\/host\[:port\]$/],
  ['diracx+https://a:/', /^port ""/],
  ['diracx+https://', /^host ""/],
  ['dips://a:0/A/B', /^port "0": expected a number from 1 to 65535$/],
  ['dips://a:65536/A/B', /^port "65536"/],
  ['dips://a:0x50/A/B', /^port "0x50"/],
  ['dips://a:1 /A/B', /^port "1 "/],
  ['dips://a_b!:1/A/B', /^host "a_b!": expected a host name or an IP address$/],
  ['dips://-:1/A/B', /^host "-"/],
  ['dips://[::1:1/A/B', /expected/],
  ['dips://[1.2.3.4]:1/A/B', /^host "\[1\.2\.3\.4\]"/],
  ['dips://a:1/A', /^service "A": expected System\/Service, such as DataManagement\/FileCatalog$/],
  ['dips://a:1/A/B/', /^service "A\/B\/"/],
  ['dips://a:1//A/B', /^service "\/A\/B"/],
  ['dips://a:1/A/B?x=1', /^service "A\/B\?x=1"/],
  ['dips://a:1/A/B\nX', /expected/],
  [`dips://a:1/${'A'.repeat(101)}/B`, /^service "A{80}…": expected/],
];

for (const [text, message] of NO_TARGETS) {
  test(`${JSON.stringify(text.slice(0, 40))} is no target`, () => {
    assert.throws(() => parseTarget(text), { name: 'TargetError', message });
  });
}
