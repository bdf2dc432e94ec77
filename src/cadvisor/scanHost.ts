/** What the scanner asks of TypeScript (scan/host.h): what is rare and textual. Addresses are places in its memory. */
import { integerText, keyText, stringText, tagsText } from '../model/lineText.ts';
import type { AnswerRead } from './answerRead.ts';
import { containerTags, type Metric, metricPrefix } from './containerTags.ts';
import { devicePrefixes, interfacePrefixes, partPrefixes } from './linePrefixes.ts';
import { faultAt, ScanFault } from './scanFault.ts';
import { bytesOf, constantAt, type ScanMemory, setText, TEXT_BYTES, textAt, tokenText } from './scanMemory.ts';
import { addTime, createTimes, parseTimeNs } from './time.ts';

/** The scanner, for one answer at a time. */
export interface Scanner extends ScanMemory {
  /** What is being read; null between answers. */
  answer: AnswerRead | null;
}

/** Which samples of a container are wanted (scan/host.h). */
const WANTED = { notCounted: 0, all: 1, newerThan: 2, newestOnly: 3 };

/** Where things are in `exchange` of scan/host.h. */
const FACTS = { id: 0, aliases: 8, labels: 16, specLabels: 24 };
const PREFIXES = 32;
const TEXT = 64;
const FIELD = 72;
const UP_TO = 80;
const NS = 88;

/** The functions of scan/host.h. */
export function createHost(scanner: Scanner) {
  const answerOf = () => scanner.answer as AnswerRead;
  const place = (offset: number) => scanner.exports.exchange_at() + offset;
  const setTag = (text: string) => setText(scanner, place(TEXT), Buffer.from(text), 'tags_room');
  const token = (start: number, bytes: number) => tokenText(bytesOf(scanner), start, start + bytes);

  return {
    fail: (offset: number, expected: number) => {
      throw faultAt(answerOf().message.body, offset, constantAt(scanner, expected));
    },
    full: (what: number) => {
      throw new ScanFault(`cannot be read: there is no room for ${constantAt(scanner, what)}`);
    },
    name: (start: number, bytes: number, offset: number) => {
      const { message, names } = answerOf();
      const name = token(start, bytes);
      if (names.has(name)) throw faultAt(message.body, offset, 'every key once');
      names.add(name);
      answerOf().name = name;
    },
    container: () => startContainer(scanner, answerOf()),
    newest: (ns: bigint) => {
      answerOf().newest.set(answerOf().name, ns);
    },
    key: (start: number, bytes: number) => {
      const name = token(start, bytes);
      const text = keyText(name);
      setText(scanner, place(TEXT), keyId(name), 'names_room');
      setText(scanner, place(FIELD), Buffer.from(text === '' ? '' : `,${text}=`), 'names_room');
    },
    metric: (metric: number, cpu: number) => {
      const { tags, metricTags } = answerOf();
      const own = readMetric(constantAt(scanner, metric), cpu);
      setTag(metricPrefix(own, tags.cadvisor, metricTags));
    },
    series: (isDevice: number, start: number, bytes: number) => {
      const name = token(start, bytes);
      return name === '' ? 0 : seriesOf(scanner, answerOf(), name, isDevice === 1);
    },
    value: (isString: number, start: number, bytes: number) => {
      const text = isString
        ? stringText(token(start, bytes))
        : numberText(bytesOf(scanner).toString('latin1', start, start + bytes));
      setTag(text ?? '');
    },
    time: (start: number, bytes: number) => {
      const ns = parseTimeNs(token(start, bytes));
      if (ns !== null) bytesOf(scanner).writeBigInt64LE(ns, place(NS));
      return ns !== null;
    },
    add_time: (ns: bigint, isFirst: number) => {
      const answer = answerOf();
      if (isFirst) answer.times = createTimes();
      return addTime(answer.times, ns);
    },
  };
}

/** Whether the container that is next counts, and how its lines begin. */
function startContainer(scanner: Scanner, answer: AnswerRead): number {
  const { name } = answer;
  const { source, host, format, cursor } = answer.message;
  const exchange = scanner.exports.exchange_at();
  const jsonAt = (offset: number) => JSON.parse(textAt(scanner, exchange + offset) || 'null');
  const facts = { name, id: jsonAt(FACTS.id), aliases: jsonAt(FACTS.aliases) };
  const labels = asObject(jsonAt(FACTS.specLabels)) ?? asObject(jsonAt(FACTS.labels)) ?? {};
  const tags = containerTags(source, host, format, { ...facts, labels });
  if (tags === null) return WANTED.notCounted;
  answer.tags = tags;
  answer.metricTags = format.schemas.includes('cadvisor') ? tagsText(tags.cadvisor) : '';
  answer.series = new Map();
  setTexts(scanner, exchange + PREFIXES, partPrefixes(tags));
  if (cursor === null) return WANTED.newestOnly;
  const upToNs = cursor.get(name);
  if (upToNs === undefined) return WANTED.all;
  bytesOf(scanner).writeBigInt64LE(upToNs, exchange + UP_TO);
  return WANTED.newerThan;
}

/** Where the scanner has how the lines of an interface or device begin (Series of scan/host.h). */
function seriesOf(scanner: Scanner, { tags, message, series }: AnswerRead, name: string, isDevice: boolean): number {
  const id = `${isDevice},${name}`;
  const known = series.get(id);
  if (known !== undefined) return known;
  const prefixes = isDevice ? devicePrefixes(name, tags, message) : interfacePrefixes(name, tags);
  const at = scanner.exports.tags_room(prefixes.length * TEXT_BYTES);
  setTexts(scanner, at, prefixes);
  series.set(id, at);
  return at;
}

function setTexts(scanner: Scanner, place: number, texts: readonly string[]): void {
  for (const [index, text] of texts.entries()) {
    setText(scanner, place + index * TEXT_BYTES, Buffer.from(text), 'tags_room');
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/**
 * By which the scanner tells keys apart: their UTF-8. A name with half a surrogate pair has none: it is a byte that no UTF-8 has, and UTF-16.
 */
function keyId(name: string): Buffer {
  return name.isWellFormed() ? Buffer.from(name) : Buffer.concat([Buffer.of(0xff), Buffer.from(name, 'utf16le')]);
}

/** `measurement[,tag=value…]` as scan/known.h has it. `cpu`: which of all, or -1. */
function readMetric(text: string, cpu: number): Metric {
  const [measurement = '', ...tags] = text.split(',');
  if (cpu >= 0) tags.push(`instance=${cpu}`);
  return { measurement, tags: tags.length === 0 ? null : Object.fromEntries(tags.map((tag) => tag.split('='))) };
}

function numberText(json: string): string | null {
  return integerText(/^-?\d+$/.test(json) ? BigInt(json) : Number(json));
}
