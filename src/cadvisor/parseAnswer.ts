import { isUtf8 } from 'node:buffer';
import type { ParseMessage, ParseOutcome } from '../model/parseTask.ts';
import { type AnswerKeys, withAnswerKeys } from './answerKeys.ts';
import type { AnswerScan } from './answerScan.ts';
import { faultAt, JsonFault, nextByte, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './byteScan.ts';
import { scanContainer } from './containerScan.ts';
import { createKeyTable, firstKey, type Key, nextKey, skipValueOf } from './keyTable.ts';
import { createWriter, takeLines } from './lineWriter.ts';
import { createGroup } from './scalarGroup.ts';
import { skipValue } from './skipValue.ts';
import { createMinuteCache } from './timeBytes.ts';

/** Key of the machine's own samples: the name of the root cgroup. */
const MACHINE = '/';
/** All samples of an answer come to half its size in `legacy`, to four times of it in `cadvisor`; the room grows when it must. */
const ROOM_SHARE = 0.6;
const MIN_ROOM_BYTES = 4096;

/**
 * The new samples of one cAdvisor answer as line protocol. The bytes are walked over once, and numbers are copied from the body to the
 * lines as they are. Never throws: malformed or truncated JSON (RFC 8259, UTF-8, at most 128 deep, no key twice where it is read),
 * or another shape, is a failure that says where, and there are no lines.
 */
export function parseAnswer(message: ParseMessage): ParseOutcome {
  const { buffer, byteOffset, byteLength } = message.body;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  try {
    return withAnswerKeys((keys) => scanAnswer(message, bytes, keys));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { ok: false, detail: `the answer (${byteLength} bytes) is not whole JSON: ${error.message}` };
  }
}

function scanAnswer(message: ParseMessage, bytes: Buffer, keys: AnswerKeys): ParseOutcome {
  if (!isUtf8(bytes)) throw faultAt(bytes, invalidByte(bytes), 'UTF-8');
  const answer = startScan(message, bytes, keys);
  const newest = new Map<string, bigint>();
  const scanOne = (name: string) => {
    const newestNs = scanContainer(answer, message, name);
    if (newestNs !== null) newest.set(name, newestNs);
  };
  const first = nextByte(answer);
  if (first !== OPEN_BRACE) answer.at = skipValue(bytes, answer.at, 0);
  else if (message.source === 'machine') scanOne(MACHINE);
  else scanContainers(answer, scanOne);
  nextByte(answer);
  if (answer.at < bytes.length) throw faultAt(bytes, answer.at, 'the end');
  if (first !== OPEN_BRACE) {
    return { ok: false, detail: `the answer is JSON of another shape: expected an object, got ${kindOf(first)}` };
  }
  const { writer, samples, faulty } = answer;
  return { ok: true, lines: takeLines(writer), points: writer.points, samples, faulty, newest };
}

function scanContainers(answer: AnswerScan, scanOne: (name: string) => void): void {
  const containers = createKeyTable({});
  for (let key: Key | null = firstKey(answer, containers); key !== null; key = nextKey(answer, containers, key)) {
    if (nextByte(answer) === OPEN_BRACE) scanOne(key.name);
    else {
      answer.faulty++;
      skipValueOf(answer, key);
    }
  }
}

function startScan({ format }: ParseMessage, bytes: Buffer, keys: AnswerKeys): AnswerScan {
  return {
    bytes,
    at: 0,
    depth: 0,
    keys,
    writer: createWriter(Math.ceil(bytes.length * ROOM_SHARE) + MIN_ROOM_BYTES),
    isLegacy: format.schemas.includes('legacy'),
    isCadvisor: format.schemas.includes('cadvisor'),
    group: createGroup(),
    entry: createGroup(),
    time: { seconds: 0, nanos: 0 },
    minute: createMinuteCache(),
    samples: 0,
    faulty: 0,
  };
}

/** Where the bytes are first other than their text's, in which every invalid one is replaced. */
function invalidByte(bytes: Buffer): number {
  const text = Buffer.from(bytes.toString('utf8'));
  let at = 0;
  while (bytes[at] === text[at]) at++;
  return at;
}

function kindOf(first: number | undefined): string {
  if (first === 0x6e) return 'null';
  if (first === OPEN_BRACKET) return 'an array';
  if (first === QUOTE) return 'a string';
  return first === 0x74 || first === 0x66 ? 'a boolean' : 'a number';
}
