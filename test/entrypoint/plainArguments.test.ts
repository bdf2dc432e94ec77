import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command, CommanderError } from 'commander';
import fc from 'fast-check';
import { withFlags } from '../../src/entrypoint/commandLine.ts';
import { SELF_PING_FLAGS } from '../../src/entrypoint/flags.ts';
import { type PlainArguments, readPlainArguments } from '../../src/entrypoint/plainArguments.ts';

const SEED = 33;
const TARGET = '9197/DataManagement/FileCatalog';

/** `--timeout 3s`: every flag with a value that it takes. */
const WELL_FORMED = SELF_PING_FLAGS.map(({ flags, choices, isDuration }) => {
  const [word = '', placeholder] = flags.split(' ');
  if (placeholder === undefined) return [word];
  return [word, choices?.at(-1) ?? (isDuration ? '3s' : '/a/file')];
});

/** What commander makes of the same words; null where it refuses them. */
function readByCommander(words: readonly string[]): PlainArguments | null {
  const silent = { writeOut: () => {}, writeErr: () => {} };
  const command = new Command('self-ping').argument('<port/System/Service>').exitOverride().configureOutput(silent);
  try {
    withFlags(command, SELF_PING_FLAGS).parse(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return null;
    throw error;
  }
  return { operands: command.args, options: command.opts() };
}

const read = (words: readonly string[]) => readPlainArguments(words, SELF_PING_FLAGS, 1);

test('every flag of self-ping is plain, before the argument and behind it', () => {
  for (const words of [[], ...WELL_FORMED]) {
    for (const list of [
      [...words, TARGET],
      [TARGET, ...words],
    ]) {
      const plain = read(list);
      assert.notEqual(plain, null, list.join(' '));
      assert.deepEqual(plain, readByCommander(list));
    }
  }
});

test('whatever is plain is what commander reads', () => {
  const pair = fc.constantFrom(...WELL_FORMED);
  const word = fc.constantFrom(TARGET, 'x', '', '-', '--', '-h', '--cert=x', '--nonsense', 'soon', 'warn', '-1');
  const flagAlone = fc.constantFrom(...WELL_FORMED.map(([flag]) => flag as string));
  const likely = fc.array(fc.oneof({ weight: 4, arbitrary: pair }, fc.tuple(fc.oneof(word, flagAlone))), {
    maxLength: 6,
  });
  let plainCount = 0;
  const property = fc.property(likely, fc.nat(6), (parts, at) => {
    const words = [...parts.slice(0, at), [TARGET], ...parts.slice(at)].flat();
    const plain = read(words);
    if (!plain) return;
    plainCount++;
    assert.deepEqual(plain, readByCommander(words), words.join(' '));
  });
  fc.assert(property, { seed: SEED, numRuns: 3_000 });
  assert.ok(plainCount > 300, `only ${plainCount} of 3,000 were plain`);
});

for (const words of [
  [],
  [TARGET, 'another'],
  [TARGET, '--help'],
  [TARGET, '-h'],
  [TARGET, '--'],
  [TARGET, '--cert'],
  [TARGET, '--cert=/a/file'],
  [TARGET, '--cert', '--key'],
  [TARGET, '--nonsense'],
  [TARGET, '--verify'],
  [TARGET, '--timeout', 'soon'],
  [TARGET, '--crl', 'perhaps'],
  [TARGET, '--proxy', '/a/file', '--cert', '/a/file'],
  [TARGET, '--key', '/a/file', '--proxy', '/a/file'],
]) {
  test(`left to commander: ${words.join(' ')}`, () => assert.equal(read(words), null));
}
