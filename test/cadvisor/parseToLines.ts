import assert from 'node:assert/strict';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import { formatPoint } from '../../src/influx/lineProtocol.ts';
import type { Cursor, ParseMessage } from '../../src/model/parseTask.ts';

export interface ParsedText {
  text: string;
  points: number;
  samples: number;
  faulty: number;
  newest: Cursor;
}

/** Parses an answer that must be one, and writes its points as lines. */
export function parseToLines(message: ParseMessage): ParsedText {
  const parsed = parseAnswer(message);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail);
  const { points, samples, faulty, newest } = parsed;
  return { text: points.map(formatPoint).join(''), points: points.length, samples, faulty, newest };
}
