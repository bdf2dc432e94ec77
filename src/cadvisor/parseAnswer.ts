import type { Cursor, ParseFailure, ParseMessage } from '../model/parseTask.ts';
import type { Point } from '../model/point.ts';
import { asObject, type Json, type JsonObject } from './containerInfo.ts';
import { containerTags, legacyPoints } from './legacy.ts';
import { chooseSamples } from './samples.ts';

/** What one answer held that was not sent before: ParsedLines before the lines are written. */
export interface ParsedPoints {
  readonly ok: true;
  readonly points: readonly Point[];
  readonly samples: number;
  readonly faulty: number;
  readonly newest: Cursor;
}

/** Key of the machine's own samples: the name of the root cgroup. */
const MACHINE = '/';

/**
 * The new samples of one cAdvisor answer as points of the `legacy` schema. Never throws: malformed or truncated JSON,
 * or another shape, is a failure that says where.
 *
 * JSON.parse rounds integers beyond 2^53, and only its slow form (with a reviver) can tell their digits.
 * So the answer is read again in that form when a number that is written turns out to be one.
 */
export function parseAnswer(message: ParseMessage): ParsedPoints | ParseFailure {
  const { buffer, byteOffset, byteLength } = message.body;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  let answer: Json;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    return { ok: false, detail: `the answer (${byteLength} bytes) is not whole JSON: ${(error as Error).message}` };
  }
  const quick = readAnswer(message, answer);
  return quick.ok && quick.inexact ? readAnswer(message, JSON.parse(text, keepDigits)) : quick;
}

type ReadAnswer = ParseFailure | (ParsedPoints & { inexact: boolean });

function readAnswer(message: ParseMessage, answer: Json): ReadAnswer {
  const top = asObject(answer);
  if (!top)
    return { ok: false, detail: `the answer is JSON of another shape: expected an object, got ${kindOf(answer)}` };
  const read = { ok: true as const, points: [] as Point[], samples: 0, faulty: 0, newest: new Map(), inexact: false };
  const containers = message.source === 'machine' ? [[MACHINE, top] as const] : Object.entries(top);
  for (const [name, entry] of containers) {
    const container = asObject(entry);
    const tags = container && tagsOf(message, name, container);
    if (!container) read.faulty++;
    if (!container || !tags) continue;
    const { samples, newestNs, faulty } = chooseSamples(container.stats, message.cursor, name);
    const written = legacyPoints(tags, samples, message.source === 'machine');
    read.samples += samples.length;
    read.faulty += faulty + written.faulty;
    read.inexact ||= written.inexact;
    for (const point of written.points) read.points.push(point);
    if (newestNs !== null) read.newest.set(name, newestNs);
  }
  return read;
}

function tagsOf({ source, host }: ParseMessage, name: string, container: JsonObject) {
  return source === 'machine' ? { host } : containerTags(name, container, host);
}

/** JSON.parse reviver: integers that a double would round become bigints. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
