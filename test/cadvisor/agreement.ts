/** The scanner held against the oracle on one answer, and against the rules of which the oracle knows nothing. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import type { LineFormat } from '../../src/model/lineFormat.ts';
import type { Cursor, ParseMessage } from '../../src/model/parseTask.ts';
import { oracleAnswer } from './oracle.ts';
import { pointsOf, textOf } from './parseToLines.ts';

const MAX_DEPTH = 128;

export const FORMATS: readonly LineFormat[] = [
  { schemas: ['legacy'], alias: 'mesos', label: 'dirac_component', tags: {} },
  { schemas: ['cadvisor'], alias: null, label: null, tags: { site: 'CERN', host: 'static' } },
  { schemas: ['legacy', 'cadvisor'], alias: null, label: 'dirac_setup', tags: { 'a b': 'c,d=e\\' } },
];

/** Each format with each kind of cursor. */
export function messagesOf(
  body: Uint8Array<ArrayBuffer>,
  source: ParseMessage['source'],
  cursor: Cursor,
): ParseMessage[] {
  return FORMATS.flatMap((format) =>
    [null, new Map(), cursor].map((each) => ({ source, host: 'node-1', cursor: each, format, body })),
  );
}

/** Throws where the two differ. Tells whether the answer was taken. */
export function assertAgree(message: ParseMessage): boolean {
  const ours = parseAnswer(message);
  const theirs = oracleAnswer(message);
  if (!ours.ok) {
    const [, offset] = /at byte (\d+): expected .+, got /.exec(ours.detail) ?? [];
    assert.ok(ours.detail.includes('another shape') || Number(offset) <= message.body.length, ours.detail);
    if (theirs.ok) assertOwnRule(ours.detail, Buffer.from(message.body));
    return false;
  }
  assert.ok(theirs.ok, `taken, but ${theirs.ok ? '' : theirs.detail}`);
  assert.equal(ours.lines.buffer.byteLength, ours.lines.byteLength, 'a buffer of its own');
  const { text, ...counts } = textOf(ours);
  const { text: expected, ...expectedCounts } = textOf(theirs);
  assert.deepEqual(counts, expectedCounts);
  if (text !== expected) assert.deepEqual(pointsOf(text), pointsOf(expected));
  return true;
}

/** What JSON.parse takes and the scanner does not. */
function assertOwnRule(detail: string, body: Buffer): void {
  const text = body.toString();
  if (detail.includes('expected UTF-8')) assert.ok(!isUtf8(body), detail);
  else if (detail.includes('nested deeper')) assert.ok(depthOf(text) > MAX_DEPTH, detail);
  else {
    assert.match(detail, /expected every key once/);
    assert.ok(hasKeyTwice(text), detail);
  }
}

/** How deep whole JSON is nested. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const sign of text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/[[\]{}]/g) ?? []) {
    depth += sign === '{' || sign === '[' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Whether whole JSON has more keys than JSON.parse keeps. */
function hasKeyTwice(text: string): boolean {
  const written = text.match(/"(?:[^"\\]|\\.)*"\s*:?/g)?.filter((token) => token.endsWith(':')).length ?? 0;
  return written > countKeys(JSON.parse(text));
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, each) => sum + countKeys(each), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
