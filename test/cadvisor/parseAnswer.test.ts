import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import type { CadvisorSource } from '../../src/model/parseTask.ts';
import { readLines } from '../influx/referenceParser.ts';
import { parseToLines } from './parseToLines.ts';

const RECORDED = readFileSync(new URL('../cases/cgroup-v1-docker-newest/body.json', import.meta.url));

function parseText(text: string, source: CadvisorSource = 'docker') {
  return parseAnswer({
    source,
    host: 'node-1',
    cursor: null,
    format: ORIGINAL_FORMAT,
    body: new Uint8Array(Buffer.from(text)),
  });
}

function detailOf(text: string): string {
  const parsed = parseText(text);
  assert.equal(parsed.ok, false, `${text} was taken`);
  return parsed.ok ? '' : parsed.detail;
}

test('malformed answers fail and say where', () => {
  assert.match(detailOf(''), /^the answer \(0 bytes\) is not whole JSON: /);
  assert.equal(
    detailOf('{"/docker/a": tru}'),
    `the answer (18 bytes) is not whole JSON: at byte 17: expected "true", got '}'`,
  );
  assert.match(detailOf('unknown container "/nope"'), /not whole JSON/);
  assert.equal(detailOf('[]'), 'the answer is JSON of another shape: expected an object, got an array');
  assert.equal(detailOf('null'), 'the answer is JSON of another shape: expected an object, got null');
  assert.equal(detailOf('12'), 'the answer is JSON of another shape: expected an object, got a number');
});

test('an answer cut anywhere fails', () => {
  const text = RECORDED.toString();
  for (let length = 0; length < text.trimEnd().length; length += 97) detailOf(text.slice(0, length));
});

test('the cursor names every container of the answer, with or without new samples', () => {
  const body = new Uint8Array(RECORDED);
  const first = parseToLines({ source: 'docker', host: 'n', cursor: null, format: ORIGINAL_FORMAT, body });
  assert.equal(first.newest.size, 3);
  const again = parseToLines({ source: 'docker', host: 'n', cursor: first.newest, format: ORIGINAL_FORMAT, body });
  assert.equal(again.text, '');
  assert.equal(again.samples, 0);
  assert.deepEqual(again.newest, first.newest);
});

test('JSON of any shape gives valid lines or a failure, never an exception', () => {
  const KEYS = [
    'stats',
    'spec',
    'labels',
    'aliases',
    'dirac_component',
    'timestamp',
    'cpu',
    'usage',
    'memory',
    'network',
    'interfaces',
    'name',
  ];
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 7 },
      fc.constantFrom('2026-11-24T06:36:20.5Z', 'mesos-1', 'x'),
      fc.jsonValue({ maxDepth: 0 }),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS, '__proto__', 'toString'), tie('tree'), { maxKeys: 6 }),
    ),
  }));
  const container = fc.record({
    aliases: fc.constant(['mesos-1']),
    labels: fc.constant({ dirac_component: 'A/B' }),
    stats: fc.array(tree),
  });
  fc.assert(
    fc.property(
      fc.oneof(tree, fc.dictionary(fc.string(), container)),
      fc.constantFrom<CadvisorSource>('docker', 'machine'),
      (value, source) => {
        const parsed = parseText(JSON.stringify(value) ?? '', source);
        if (parsed.ok)
          readLines(
            parseToLines({
              source,
              host: 'n',
              cursor: null,
              format: ORIGINAL_FORMAT,
              body: new Uint8Array(Buffer.from(JSON.stringify(value))),
            }).text,
          );
      },
    ),
    { numRuns: 1000, seed: 11 },
  );
});
