import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halve, joinLines, lineTexts, withoutLines } from '../../src/influx/lineBlock.ts';
import type { Lines } from '../../src/model/lineBlock.ts';

const textOf = ({ lines }: Lines) => Buffer.from(lines).toString();
const linesOf = (texts: readonly string[]): Lines => ({
  lines: Buffer.from(texts.map((text) => `${text}\n`).join('')),
  points: texts.length,
});

test('halves make the whole, and lines are taken out by their places', () => {
  const whole = linesOf(['a 1', 'bü 2', 'c 3', 'd 4', 'e 5']);
  const [first, second] = halve(whole);
  assert.deepEqual([first.points, second.points], [2, 3]);
  assert.deepEqual(
    [lineTexts(first), lineTexts(second)],
    [
      ['a 1', 'bü 2'],
      ['c 3', 'd 4', 'e 5'],
    ],
  );
  assert.equal(textOf(joinLines([first, second])), textOf(whole));
  const rest = withoutLines(whole, new Set([0, 3]));
  assert.deepEqual([textOf(rest), rest.points], ['bü 2\nc 3\ne 5\n', 3]);
});
