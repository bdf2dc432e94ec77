import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutBlock, halve, joinLines, type Lines, lineTexts, withoutLines } from '../../src/influx/lineBlock.ts';

const textOf = ({ lines }: Lines) => Buffer.from(lines).toString();
const linesOf = (texts: readonly string[]): Lines => ({
  lines: Buffer.from(texts.map((text) => `${text}\n`).join('')),
  points: texts.length,
});

test('a block is cut between lines by bytes and by lines, the points are theirs, the marks go with the last', () => {
  const marks = [{ node: 'n', source: 'docker' as const, cursor: new Map() }];
  const cases = fc.tuple(
    fc.array(fc.stringMatching(/^[a-zü]{1,30}$/), { minLength: 1, maxLength: 30 }),
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 10 }),
  );
  fc.assert(
    fc.property(cases, ([texts, maxBytes, maxLines]) => {
      const whole = { ...linesOf(texts), marks };
      const cut = cutBlock(whole, maxBytes, maxLines);
      assert.equal(cut.map(textOf).join(''), textOf(whole));
      assert.deepEqual(cut.at(-1)?.marks, marks);
      for (const [at, piece] of cut.entries()) {
        assert.equal(piece.points, textOf(piece).split('\n').length - 1);
        assert.ok(piece.points <= maxLines && (piece.lines.length <= maxBytes || piece.points === 1));
        if (at < cut.length - 1) assert.deepEqual(piece.marks, []);
      }
    }),
  );
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
