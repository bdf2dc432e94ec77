import { QUOTE } from './byteScan.ts';
import { parseTimeNs } from './time.ts';

/** A time since 1970 in two numbers that a double holds exactly; one bigint a sample would cost more than the rest of its time. */
export interface SampleTime {
  seconds: number;
  nanos: number;
}

/** The minute that was read last, and how it is written: samples of one answer are of few minutes. */
export interface MinuteCache {
  /** `2026-11-24T06:35:` */
  readonly text: Buffer;
  seconds: number;
}

const MINUTE_BYTES = 17;
const NS_PER_SECOND = 1_000_000_000n;
const ZERO = 0x30;

export function createMinuteCache(): MinuteCache {
  return { text: Buffer.alloc(MINUTE_BYTES), seconds: 0 };
}

/**
 * Reads a timestamp as cAdvisor writes them, `2026-11-24T06:35:39.194884887Z`, from the string token at `start` into `time`.
 * False: it is written in another way, or cannot be used (see parseTimeNs). Of a minute's first only, the text is read by parseTimeNs.
 */
export function readTime(bytes: Buffer, start: number, cache: MinuteCache, time: SampleTime): boolean {
  const from = start + 1;
  for (let index = 0; index < MINUTE_BYTES; index++) {
    if (bytes[from + index] !== cache.text[index]) {
      if (!readMinute(bytes, from, cache)) return false;
      break;
    }
  }
  const tens = digit(bytes[from + 17]);
  const ones = digit(bytes[from + 18]);
  if (tens < 0 || tens > 5 || ones < 0) return false;
  let at = from + 19;
  let nanos = 0;
  if (bytes[at] === 0x2e) {
    let unit = 100_000_000;
    let value = digit(bytes[++at]);
    if (value < 0) return false;
    for (; value >= 0; value = digit(bytes[++at])) {
      nanos += value * unit;
      unit /= 10;
    }
    if (unit < 0.1) return false;
  }
  time.seconds = cache.seconds + tens * 10 + ones;
  time.nanos = nanos;
  return bytes[at] === 0x5a && bytes[at + 1] === QUOTE;
}

function readMinute(bytes: Buffer, from: number, cache: MinuteCache): boolean {
  const text = bytes.toString('latin1', from, from + MINUTE_BYTES);
  // 24:00:00 is midnight, but nothing else of that minute is a time.
  if (text.startsWith('24', 11)) return false;
  const ns = parseTimeNs(`${text}00Z`);
  // Years that are written with other than ten digits of seconds are none of cAdvisor's.
  if (ns === null || ns < NS_PER_SECOND * NS_PER_SECOND || ns >= 9n * NS_PER_SECOND * NS_PER_SECOND) return false;
  cache.text.write(text, 'latin1');
  cache.seconds = Number(ns / NS_PER_SECOND);
  return true;
}

/** -1: it is none. */
function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9 ? byte - ZERO : -1;
}

/** Splits nanoseconds since 1970; `nanos` is never negative. */
export function toTime(ns: bigint): SampleTime {
  const nanos = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { seconds: Number((ns - nanos) / NS_PER_SECOND), nanos: Number(nanos) };
}

export function toNs({ seconds, nanos }: SampleTime): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanos);
}

export function isLater(a: SampleTime, b: SampleTime): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos);
}

/** The times of a container's samples that were written. */
export interface Times {
  newest: SampleTime | null;
  readonly all: SampleTime[];
  /** Made when samples turn out not to ascend. */
  known: Set<bigint> | null;
}

export function createTimes(): Times {
  return { newest: null, all: [], known: null };
}

/** False: a sample of that time was written before. */
export function addTime(times: Times, { seconds, nanos }: SampleTime): boolean {
  const time = { seconds, nanos };
  if (times.newest !== null && !isLater(time, times.newest)) {
    times.known ??= new Set(times.all.map(toNs));
    if (times.known.has(toNs(time))) return false;
  } else times.newest = time;
  times.known?.add(toNs(time));
  times.all.push(time);
  return true;
}

/** Writes ` <ns>\n`, the end of a line, and tells its length. `end` has room for 22 bytes. */
export function writeLineEnd(end: Buffer, time: SampleTime): number {
  // Below 10^9 seconds the digits of the nanoseconds are not all of a fixed place.
  if (time.seconds < 1e9) return end.write(` ${toNs(time)}\n`, 'latin1');
  end[0] = 0x20;
  writeDigits(end, 11, time.seconds);
  for (let at = 11; at < 20; at++) end[at] = ZERO;
  writeDigits(end, 20, time.nanos);
  end[20] = 0x0a;
  return 21;
}

/** The digits of a whole number, the last of them before `end`. */
function writeDigits(bytes: Buffer, end: number, value: number): void {
  let rest = value;
  for (let at = end - 1; rest > 0; at--) {
    const tenth = Math.floor(rest / 10);
    bytes[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}
