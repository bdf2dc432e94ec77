import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutBlock } from '../../src/influx/lineBlock.ts';

test('a block is cut at line ends into pieces within the limit, nothing lost', () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', ','), minLength: 1, maxLength: 30 }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 100 }), (texts, maxBytes) => {
      const whole = Buffer.from(texts.map((line) => `${line}\n`).join(''));
      const pieces = cutBlock({ lines: whole, points: texts.length, marks: [] }, maxBytes);
      assert.deepEqual(Buffer.concat(pieces.map((piece) => piece.lines)), whole);
      for (const piece of pieces) {
        const text = Buffer.from(piece.lines).toString();
        assert.ok(text.endsWith('\n'));
        assert.equal(text.split('\n').length - 1, piece.points);
        assert.ok(piece.lines.length <= maxBytes || piece.points === 1, 'only a lone line may be longer');
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});
