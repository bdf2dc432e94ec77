import assert from 'node:assert/strict';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import type { ParsedLines, ParseMessage, ParseOutcome } from '../../src/model/parseTask.ts';
import { type ReadPoint, readLines } from '../influx/referenceParser.ts';

export interface ParsedText extends Omit<ParsedLines, 'lines'> {
  text: string;
}

/** Parses an answer that must be one. */
export function parseToLines(message: ParseMessage): ParsedText {
  return textOf(parseAnswer(message));
}

/** An outcome that must be lines. */
export function textOf(outcome: ParseOutcome): ParsedText {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.detail);
  const { lines, ...rest } = outcome;
  return { ...rest, text: Buffer.from(lines).toString() };
}

/** The points of lines, in an order of their own: neither that of lines nor that of fields and tags says anything. */
export function pointsOf(text: string): string[] {
  return readLines(text).map(pointText).sort();
}

function pointText({ measurement, tags, fields, timeNs }: ReadPoint): string {
  const sorted = (record: Record<string, unknown>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([measurement, sorted(tags), sorted(fields), timeNs], (_key, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}
