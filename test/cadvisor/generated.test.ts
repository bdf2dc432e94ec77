/** Answers that no cAdvisor ever sent: any part absent, of another kind, in another order, with any text for a number or a key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertAgree, messagesOf } from './agreement.ts';

/** All of these are texts of JSON. */
type Text = fc.Arbitrary<string>;

const TIMES = ['20Z', '20.5Z', '20.500Z', '21.123456789Z', '21Z', '59+01:00', '60Z', '22.1234567890Z', '23.Z', '24z'];
const NUMBERS = ['0', '-0', '7', '-12', '123456789012345', '1234567890123456', '9007199254740993', '-9007199254740993'];
const LARGE = [
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '-9223372036854775809',
  '9'.repeat(40),
];
const FRACTIONS = ['1.5', '-0.4', '0.5', '1e2', '12E+3', '1.25e-2', '1e400', '-1E400', '0e0'];

const number = fc.oneof(fc.nat().map(String), fc.constantFrom(...NUMBERS, ...LARGE, ...FRACTIONS));
const text = fc
  .oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ maxLength: 6, unit: 'binary' }),
    fc.constantFrom('eth0', '/dev/sda', 'docker', 'mesos-1', ''),
  )
  .chain((value) => fc.boolean().map((escaped) => (escaped ? escapeAll(value) : JSON.stringify(value))));
const deep = fc.constantFrom(
  '[[[[[[]]]]]]',
  '{"a":{"b":[{}]}}',
  `${'['.repeat(119)}${']'.repeat(119)}`,
  `${'['.repeat(126)}${']'.repeat(126)}`,
);
const scalar = fc.oneof({ weight: 8, arbitrary: number }, text, fc.constantFrom('true', 'false', 'null'));
const other = fc.oneof(scalar, deep, fc.constantFrom('{}', '[]'));

function escapeAll(value: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${value.split('').map(escapeUnit).join('')}"`;
}

/** An object with some of these keys in some order; now and then another value, a key with escapes, or a key twice. */
function object(members: Record<string, Text>, repeats = 60): Text {
  const keys = fc.shuffledSubarray(Object.keys(members));
  const chance = (one: number) => fc.nat(one - 1).map((turn) => turn === 0);
  const member = (key: string) =>
    fc
      .tuple(fc.oneof({ weight: 12, arbitrary: members[key] as Text }, other), chance(20), chance(20))
      .map(
        ([value, escaped, spaced]) =>
          `${escaped ? escapeAll(key) : JSON.stringify(key)}${spaced ? ' :\n' : ':'}${value}`,
      );
  return keys
    .chain((chosen) => fc.tuple(fc.tuple(...chosen.map(member)), chance(repeats)))
    .map(([texts, twice]) => `{${[...texts, ...(twice && texts[0] ? [texts[0]] : [])].join(',')}}`);
}

const array = (entry: Text, maxLength = 3) =>
  fc.array(fc.oneof({ weight: 12, arbitrary: entry }, other), { maxLength }).map((texts) => `[${texts.join(', ')}]`);
const all = (keys: readonly string[], value: Text) => Object.fromEntries(keys.map((key) => [key, value]));

const faults = object(all(['pgfault', 'pgmajfault', 'x'], number));
const memory = object({
  ...all(['usage', 'max_usage', 'rss', 'cache', 'swap', 'mapped_file', 'working_set', 'failcnt', 'a b', '7'], number),
  ...{ container_data: faults, hierarchical_data: faults },
});
const usage = object({ ...all(['total', 'user', 'system', 'other'], number), per_cpu_usage: array(number) });
const cpu = object({ usage, load_average: number, load_d_average: number, cfs: object(all(['periods'], number)) });
const counters = all(['rx_bytes', 'tx_bytes', 'rx_errors', 'tx_errors'], number);
const network = object({
  ...counters,
  name: text,
  interfaces: array(object({ ...counters, name: text })),
  tcp: faults,
});
const filesystem = array(
  object({
    device: text,
    ...all(['usage', 'capacity', 'weighted_io_time', 'writes_completed'], number),
    type: text,
    has_inodes: scalar,
  }),
);
const timestamp = fc.constantFrom(...TIMES).map((end) => `"2026-11-24T06:36:${end}"`);
const task_stats = object(all(['nr_running', 'nr_io_wait'], number));
const parts = { cpu, memory, network, filesystem, task_stats, referenced_memory: number, diskio: faults };
const sample = fc
  .tuple(timestamp, object({ ...parts, timestamp }), fc.boolean())
  .map(([time, rest, isFirst]) =>
    isFirst && !/timestamp|\\u0074/.test(rest)
      ? `{"timestamp":${time}${rest === '{}' ? '' : ','}${rest.slice(1)}`
      : rest,
  );
const labels = object({ dirac_component: text, dirac_setup: text, 'a=b': text, machine: text }, 1000);
const container = object({
  ...{ id: text, aliases: array(text), labels, spec: object({ labels, image: text }), name: text },
  stats: array(sample, 6),
});
const counted = fc
  .tuple(container, array(sample, 6))
  .map(
    ([, stats]) =>
      `{"aliases":["mesos-1"],"spec":{"labels":{"dirac_component":"A/B","dirac_setup":"P"}},"stats":${stats}}`,
  );
const answer = object({
  '/docker/a': counted,
  '/docker/b': container,
  [`/docker/${'0a'.repeat(32)}`]: counted,
  ü: container,
});

const CURSOR = new Map([
  ['/docker/a', 1_795_502_180_500_000_000n],
  ['/', 1_795_502_180_500_000_000n],
  ['/docker/b', 1_895_502_180_500_000_000n],
]);

test('scanner and oracle agree on generated answers', (t) => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(answer, counted, (docker, machine) => {
      const bodies = { docker, machine };
      for (const source of ['docker', 'machine'] as const) {
        const body = new Uint8Array(Buffer.from(bodies[source]));
        for (const message of messagesOf(body, source, CURSOR)) {
          if (assertAgree(message)) taken++;
          else refused++;
        }
      }
    }),
    { numRuns: 150, seed: 5 },
  );
  t.diagnostic(`${taken} taken, ${refused} refused`);
  assert.ok(taken > refused, 'most are answers');
});
