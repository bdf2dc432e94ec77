import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutLines } from '../../src/model/cutLines.ts';
import type { Lines } from '../../src/model/lineBlock.ts';

const textOf = ({ lines }: Lines) => Buffer.from(lines).toString();

test('lines are cut between two of them by bytes and by number, and each piece knows how many it has', () => {
  const cases = fc.tuple(
    fc.array(fc.stringMatching(/^[a-zü]{1,30}$/), { minLength: 1, maxLength: 30 }),
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 10 }),
  );
  fc.assert(
    fc.property(cases, ([texts, maxBytes, maxLines]) => {
      const text = texts.map((each) => `${each}\n`).join('');
      const pieces = cutLines({ lines: Buffer.from(text), points: texts.length }, maxBytes, maxLines);
      assert.equal(pieces.map(textOf).join(''), text);
      for (const piece of pieces) {
        assert.equal(piece.points, textOf(piece).split('\n').length - 1);
        assert.ok(piece.points <= maxLines && (piece.lines.length <= maxBytes || piece.points === 1));
      }
    }),
  );
});
