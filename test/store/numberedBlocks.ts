import assert from 'node:assert/strict';
import type { LineBlock } from '../../src/model/lineBlock.ts';
import { seededRandom } from '../dips/pieces.ts';

/** Blocks of many sizes, each fourth so large that most kills meet its writing; each line with the block's number, and a cursor that stands at it. */
export function blockOf(number: number): LineBlock {
  const points = 1 + ((number * 7919) % (number % 4 === 1 ? 49_999 : 997));
  const random = seededRandom(number);
  const line = () => `cpu,block=${number} total=${Math.floor(random() * 2 ** 31)}i ${Math.floor(random() * 2 ** 31)}\n`;
  const lines = Buffer.from(Array.from({ length: points }, line).join(''));
  return { lines, points, marks: [{ node: 'node-1', source: 'docker', cursor: new Map([['/', BigInt(number)]]) }] };
}

/** The numbers of the blocks in these lines. Throws AssertionError where one is not whole. */
export function readBlocks(lines: Uint8Array): number[] {
  const text = Buffer.from(lines).toString();
  const numbers: number[] = [];
  let at = 0;
  while (at < text.length) {
    const number = Number(/^cpu,block=(\d+) /.exec(text.slice(at, at + 40))?.[1]);
    const whole = Buffer.from(blockOf(number).lines).toString();
    assert.equal(text.slice(at, at + whole.length), whole, `block ${number} is whole`);
    numbers.push(number);
    at += whole.length;
  }
  return numbers;
}
