/** Golden cases: test/cases/<name>/ holds an answer of cAdvisor, what was asked of the parser, and the lines it must give. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type LineFormat, ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import type { CadvisorSource } from '../../src/model/parseTask.ts';
import { oracleAnswer } from './oracle.ts';
import { parseToLines, pointsOf, textOf } from './parseToLines.ts';

interface Case {
  what: string;
  source: CadvisorSource;
  host: string;
  /** Nanoseconds as text: JSON numbers would be rounded. */
  cursor: Record<string, string> | null;
  /** Where it differs from the original's. */
  format?: Partial<LineFormat>;
  samples: number;
  faulty: number;
}

const CASES = new URL('../cases/', import.meta.url);

for (const name of readdirSync(CASES)) {
  const folder = new URL(`${name}/`, CASES);
  const golden: Case = JSON.parse(readFileSync(new URL('case.json', folder), 'utf8'));
  test(`${name}: ${golden.what}`, () => {
    const { source, host } = golden;
    const cursor = golden.cursor && new Map(Object.entries(golden.cursor).map(([key, ns]) => [key, BigInt(ns)]));
    const body = new Uint8Array(readFileSync(new URL('body.json', folder)));
    const message = { source, host, cursor, format: { ...ORIGINAL_FORMAT, ...golden.format }, body };
    const parsed = parseToLines(message);
    const points = pointsOf(readFileSync(new URL('lines.txt', folder), 'utf8'));
    assert.deepEqual(pointsOf(parsed.text), points);
    assert.deepEqual(pointsOf(textOf(oracleAnswer(message)).text), points);
    assert.equal(points.length, parsed.points);
    assert.equal(parsed.samples, golden.samples);
    assert.equal(parsed.faulty, golden.faulty);
  });
}
