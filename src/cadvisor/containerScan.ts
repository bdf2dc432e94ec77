import type { ParseMessage } from '../model/parseTask.ts';
import { type AnswerScan, createContainer, goBack, type Mark, takeMark } from './answerScan.ts';
import { nextByte, OPEN_BRACE } from './byteScan.ts';
import { type ContainerFacts, containerTags } from './containerTags.ts';
import { firstKey, nextKey, skipValueOf } from './keyTable.ts';
import { skipValue } from './skipValue.ts';
import { passOverSamples, scanStats } from './statsScan.ts';

/** What an object says of itself but its samples. */
interface Read {
  id: unknown;
  aliases: unknown;
  /** Before v0.30; `spec.labels` since. */
  labels: unknown;
  specLabels: unknown;
}

/**
 * Reads the ContainerInfo that is next, an object, and writes its new samples. Tells the newest sample sent of it, now or before;
 * null: there is none, or the container does not count.
 *
 * In every cAdvisor the samples come last. Where something that decides about the tags comes after them, they are read again.
 */
export function scanContainer(answer: AnswerScan, message: ParseMessage, name: string): bigint | null {
  const { container } = answer.keys;
  const { id, aliases, labels, spec, stats } = container.known;
  const read: Read = { id: null, aliases: null, labels: null, specLabels: null };
  const before = takeMark(answer);
  let atStats: Mark | null = null;
  let isLate = false;
  let newestNs: bigint | null = null;
  for (let key = firstKey(answer, container); key !== null; key = nextKey(answer, container, key)) {
    if (key === stats) {
      atStats = takeMark(answer);
      newestNs = scanSamples(answer, message, name, read);
      continue;
    }
    if (key === id) read.id = readJson(answer);
    else if (key === aliases) read.aliases = readJson(answer);
    else if (key === labels) read.labels = readJson(answer);
    else if (key === spec && nextByte(answer) === OPEN_BRACE) readSpec(answer, read);
    else {
      skipValueOf(answer, key);
      continue;
    }
    isLate ||= atStats !== null;
  }
  if (atStats === null) return sentBefore(message, name, read);
  if (!isLate) return newestNs;
  const { at, depth } = answer;
  goBack(answer, { ...before, at: atStats.at, depth: atStats.depth });
  newestNs = scanSamples(answer, message, name, read);
  answer.at = at;
  answer.depth = depth;
  return newestNs;
}

function scanSamples(answer: AnswerScan, message: ParseMessage, name: string, read: Read): bigint | null {
  const { source, host, cursor, format } = message;
  const tags = containerTags(source, host, format, factsOf(name, read));
  if (tags === null) {
    passOverSamples(answer);
    return null;
  }
  const sent = { newestOnly: cursor === null, upToNs: cursor?.get(name) ?? null };
  return scanStats(answer, createContainer(answer, tags, source === 'machine'), sent);
}

function sentBefore({ source, host, cursor, format }: ParseMessage, name: string, read: Read): bigint | null {
  const counts = containerTags(source, host, format, factsOf(name, read)) !== null;
  return counts ? (cursor?.get(name) ?? null) : null;
}

function factsOf(name: string, { id, aliases, labels, specLabels }: Read): ContainerFacts {
  return { name, id, aliases, labels: asObject(specLabels) ?? asObject(labels) ?? {} };
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function readSpec(answer: AnswerScan, read: Read): void {
  const { spec } = answer.keys;
  for (let key = firstKey(answer, spec); key !== null; key = nextKey(answer, spec, key)) {
    if (key === spec.known.labels) read.specLabels = readJson(answer);
    else skipValueOf(answer, key);
  }
}

/** The next value. What is read so is small: names and labels. */
function readJson(answer: AnswerScan): unknown {
  const start = answer.at;
  answer.at = skipValue(answer.bytes, start, answer.depth);
  return JSON.parse(answer.bytes.toString('utf8', start, answer.at));
}
