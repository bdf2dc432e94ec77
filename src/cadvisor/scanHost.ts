/** What the scanner asks of TypeScript (scan/host.h): what is rare and textual. Addresses are places in its memory. */
import { integerText, keyText, stringText } from '../model/lineText.ts';
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
  const setTag = (offset: number, text: string) => setText(scanner, place(offset), Buffer.from(text), 'tags_room');
  const setNs = (offset: number, ns: bigint) => bytesOf(scanner).writeBigInt64LE(ns, place(offset));
  const token = (start: number, bytes: number) => tokenText(bytesOf(scanner), start, start + bytes);
  const jsonAt = (offset: number) => JSON.parse(textAt(scanner, place(offset)) || 'null');

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
    container: () => {
      const answer = answerOf();
      const { name } = answer;
      const { source, host, format, cursor } = answer.message;
      const facts = { name, id: jsonAt(FACTS.id), aliases: jsonAt(FACTS.aliases) };
      const labels = asObject(jsonAt(FACTS.specLabels)) ?? asObject(jsonAt(FACTS.labels)) ?? {};
      const tags = containerTags(source, host, format, { ...facts, labels });
      if (tags === null) return WANTED.notCounted;
      answer.tags = tags;
      answer.series = new Map();
      for (const [index, text] of partPrefixes(tags).entries()) setTag(PREFIXES + index * TEXT_BYTES, text);
      if (cursor === null) return WANTED.newestOnly;
      const upToNs = cursor.get(name);
      if (upToNs === undefined) return WANTED.all;
      setNs(UP_TO, upToNs);
      return WANTED.newerThan;
    },
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
      const { measurement, tags } = readMetric(constantAt(scanner, metric));
      const own = cpu < 0 ? tags : { ...tags, instance: `${cpu}` };
      setTag(TEXT, metricPrefix({ measurement, tags: own }, answerOf().tags.cadvisor));
    },
    series: (isDevice: number, start: number, bytes: number) => {
      const { tags, message, series } = answerOf();
      const name = token(start, bytes);
      if (name === '') return 0;
      const id = `${isDevice},${name}`;
      const known = series.get(id);
      if (known !== undefined) return known;
      const at = scanner.exports.tags_room(3 * TEXT_BYTES);
      const prefixes = isDevice ? devicePrefixes(name, tags, message) : interfacePrefixes(name, tags);
      for (const [index, text] of prefixes.entries()) {
        setText(scanner, at + index * TEXT_BYTES, Buffer.from(text), 'tags_room');
      }
      series.set(id, at);
      return at;
    },
    value: (isString: number, start: number, bytes: number) => {
      const text = isString
        ? stringText(token(start, bytes))
        : numberText(bytesOf(scanner).toString('latin1', start, start + bytes));
      setTag(TEXT, text ?? '');
    },
    time: (start: number, bytes: number) => {
      const ns = parseTimeNs(token(start, bytes));
      if (ns !== null) setNs(NS, ns);
      return ns !== null;
    },
    add_time: (ns: bigint, isFirst: number) => {
      const answer = answerOf();
      if (isFirst) answer.times = createTimes();
      return addTime(answer.times, ns);
    },
  };
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

/** `measurement[,tag=value…]` as scan/known.h has it. */
function readMetric(text: string): Metric {
  const [measurement = '', ...tags] = text.split(',');
  return { measurement, tags: Object.fromEntries(tags.map((tag) => tag.split('='))) };
}

function numberText(json: string): string | null {
  return integerText(/^-?\d+$/.test(json) ? BigInt(json) : Number(json));
}
