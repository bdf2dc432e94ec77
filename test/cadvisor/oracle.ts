/**
 * The slow, obvious way from an answer to lines, by JSON.parse: what the scanner (src/cadvisor/parseAnswer.ts) is held against, in what it
 * gives and in how fast. It knows none of the scanner's bounds (depth, UTF-8, keys that come twice): see agreement.ts.
 */
import type { ParseMessage, ParseOutcome } from '../../src/model/parseTask.ts';
import { formatPoint, type Point } from '../influx/formatPoint.ts';
import { asObject, type Json, type JsonObject } from './oracleJson.ts';
import { legacyPoints, legacyTags } from './oracleLegacy.ts';
import { metricPoints, metricTags } from './oracleMetrics.ts';
import { chooseSamples, type Sample } from './oracleSamples.ts';

/** Key of the machine's own samples: the name of the root cgroup. */
const MACHINE = '/';

/**
 * JSON.parse rounds integers beyond 2^53, and only its slow form (with a reviver) can tell their digits.
 * So the answer is read again in that form when a number that is written turns out to be one.
 */
export function oracleAnswer(message: ParseMessage): ParseOutcome {
  const { buffer, byteOffset, byteLength } = message.body;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  let answer: Json;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    return { ok: false, detail: `not whole JSON: ${(error as Error).message}` };
  }
  const quick = readAnswer(message, answer);
  const exact = quick?.inexact ? readAnswer(message, JSON.parse(text, keepDigits)) : quick;
  if (exact === null) return { ok: false, detail: 'JSON of another shape' };
  const texts = exact.points.map(formatPoint).filter((line) => line !== '');
  const lines = new TextEncoder().encode(texts.join(''));
  const { samples, faulty, newest } = exact;
  return { ok: true, lines, points: texts.length, samples, faulty, newest };
}

interface Reading {
  points: Point[];
  samples: number;
  faulty: number;
  newest: Map<string, bigint>;
  inexact: boolean;
}

function readAnswer(message: ParseMessage, answer: Json): Reading | null {
  const top = asObject(answer);
  if (!top) return null;
  const reading: Reading = { points: [], samples: 0, faulty: 0, newest: new Map(), inexact: false };
  const containers = message.source === 'machine' ? [[MACHINE, top] as const] : Object.entries(top);
  for (const [name, entry] of containers) {
    const container = asObject(entry);
    if (container) readContainer(reading, message, name, container);
    else reading.faulty++;
  }
  return reading;
}

function readContainer(reading: Reading, message: ParseMessage, name: string, container: JsonObject): void {
  const { source, host, format, cursor } = message;
  const tags = source === 'machine' ? { ...format.tags, host } : legacyTags(name, container, message);
  if (!tags) return;
  const { samples, newestNs, faulty } = chooseSamples(container.stats, cursor, name);
  reading.samples += samples.length;
  reading.faulty += faulty;
  if (newestNs !== null) reading.newest.set(name, newestNs);
  const isBoth = format.schemas.length > 1;
  for (const schema of format.schemas) {
    const written =
      schema === 'legacy'
        ? legacyPoints(tags, samples, source === 'machine')
        : metricPoints(metricTags(name, container, message), samples);
    reading.inexact ||= written.inexact;
    for (const point of written.points) reading.points.push(point);
    if (!isBoth) reading.faulty += written.faulty;
  }
  if (isBoth) reading.faulty += namelessParts(samples);
}

/** A part without a name counts once, though both schemas leave it out: interfaces by `legacy`, devices by `cadvisor`. */
function namelessParts(samples: readonly Sample[]): number {
  return legacyPoints({}, samples, false).faulty + metricPoints({}, samples).faulty;
}

/** JSON.parse reviver: integers that a double would round become bigints. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
