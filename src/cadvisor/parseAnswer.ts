import { isUtf8 } from 'node:buffer';
import type { ParseMessage, ParseOutcome } from '../model/parseTask.ts';
import { type AnswerRead, startAnswer } from './answerRead.ts';
import { faultAt, ScanFault } from './scanFault.ts';
import type { ScanExports } from './scanMemory.ts';
import { withScanner } from './scanner.ts';

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const QUOTE = 0x22;

/**
 * The new samples of one cAdvisor answer as line protocol. The bytes are walked over once, and numbers are copied from the body to the
 * lines as they are. Never throws: malformed or truncated JSON (RFC 8259, UTF-8, at most 128 deep, no key twice where it is read),
 * or another shape, is a failure that says where, and there are no lines. So is what needs more room than there is: 1 GiB for body and
 * lines, 8 MiB for keys, 8 MiB for the tags of a container, 16384 different keys.
 */
export function parseAnswer(message: ParseMessage): ParseOutcome {
  const answer = startAnswer(message);
  try {
    checkUtf8(message.body);
    return withScanner(answer, (exports) => scanAnswer(answer, exports));
  } catch (error) {
    if (!(error instanceof ScanFault)) throw error;
    return { ok: false, detail: `the answer (${message.body.byteLength} bytes) ${error.message}` };
  }
}

function scanAnswer({ message, newest }: AnswerRead, exports: ScanExports): ParseOutcome {
  const { body, source, format } = message;
  const start = exports.body_room(body.byteLength);
  new Uint8Array(exports.memory.buffer).set(body, start);
  const [isLegacy, isCadvisor] = [format.schemas.includes('legacy'), format.schemas.includes('cadvisor')];
  const first = exports.scan(isLegacy, isCadvisor, source === 'machine', Math.random() * 2 ** 32);
  if (first !== OPEN_BRACE) {
    return { ok: false, detail: `the answer is JSON of another shape: expected an object, got ${kindOf(first)}` };
  }
  const from = exports.lines_at();
  const lines = new Uint8Array(exports.memory.buffer.slice(from, from + exports.lines_bytes()));
  const { points_of, samples_of, faulty_of } = exports;
  return { ok: true, lines, points: points_of(), samples: samples_of(), faulty: faulty_of(), newest };
}

function checkUtf8(body: Uint8Array): void {
  if (!isUtf8(body)) throw faultAt(body, invalidByte(body), 'UTF-8');
}

/** Where the bytes are first other than their text's, in which every invalid one is replaced. */
function invalidByte({ buffer, byteOffset, byteLength }: Uint8Array): number {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const text = Buffer.from(bytes.toString('utf8'));
  let at = 0;
  while (bytes[at] === text[at]) at++;
  return at;
}

function kindOf(first: number): string {
  if (first === 0x6e) return 'null';
  if (first === OPEN_BRACKET) return 'an array';
  if (first === QUOTE) return 'a string';
  return first === 0x74 || first === 0x66 ? 'a boolean' : 'a number';
}
