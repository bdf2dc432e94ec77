/** Which samples of a container are to be sent: see ParseTask.cursor. */
import { type AnswerScan, type Container, goBack, type Mark, takeMark } from './answerScan.ts';
import { firstEntry, nextByte, nextEntry, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './byteScan.ts';
import { firstKey, nextKey, readText, skipValueOf } from './keyTable.ts';
import { passOverSample, scanSample } from './sampleScan.ts';
import { skipValue } from './skipValue.ts';
import { parseTimeNs } from './time.ts';
import { addTime, createTimes, isLater, readTime, type SampleTime, toNs, toTime, writeLineEnd } from './timeBytes.ts';

/** Samples this much older than the cursor mean that the node's clock was set back, for cAdvisor forgets sooner than that. */
const CLOCK_SET_BACK_NS = 600_000_000_000n;

/** What was sent of the container before this answer. `newestOnly`: nothing at all, of any container. */
export type Sent = { readonly newestOnly: boolean; readonly upToNs: bigint | null };

/**
 * Writes the samples that were not sent yet, in the order in which they stand; of equal times the first. The value is next.
 * Tells the newest sample sent, these included; null when there was none yet.
 */
export function scanStats(answer: AnswerScan, container: Container, sent: Sent): bigint | null {
  if (nextByte(answer) !== OPEN_BRACKET) {
    answer.at = skipValue(answer.bytes, answer.at, answer.depth);
    return sent.upToNs;
  }
  const start = takeMark(answer);
  const { newest, written } = scanEntries(answer, container, sent);
  const { upToNs } = sent;
  const isSetBack = newest !== null && upToNs !== null && upToNs - toNs(newest) > CLOCK_SET_BACK_NS;
  if (!isSetBack) return written === null ? upToNs : toNs(written);
  // None of them is newer than the cursor, so that nothing is written yet.
  goBack(answer, start);
  scanEntries(answer, container, { newestOnly: false, upToNs: null });
  return toNs(newest);
}

/** Walks over the samples of a container that does not count. The value is next. */
export function passOverSamples(answer: AnswerScan): void {
  if (nextByte(answer) !== OPEN_BRACKET) answer.at = skipValue(answer.bytes, answer.at, answer.depth);
  else for (let more = firstEntry(answer); more; more = nextEntry(answer)) passOverSample(answer);
}

interface Found {
  /** Of all samples with a time. */
  newest: SampleTime | null;
  /** Of those that were written. */
  written: SampleTime | null;
}

function scanEntries(answer: AnswerScan, container: Container, { newestOnly, upToNs }: Sent): Found {
  const start = takeMark(answer);
  const { time, writer } = answer;
  const sent = upToNs === null ? null : toTime(upToNs);
  const times = createTimes();
  let newest: SampleTime | null = null;
  let timeless = 0;
  for (let more = firstEntry(answer); more; more = nextEntry(answer)) {
    const isTimed = nextByte(answer) === OPEN_BRACE && peekTime(answer);
    const isNewest = isTimed && (newest === null || isLater(time, newest));
    if (!isTimed) timeless++;
    if (isNewest) newest = { ...time };
    const isUnsent = isTimed && (sent === null || isLater(time, sent));
    if (newestOnly ? !isNewest : !isUnsent || !addTime(times, time)) {
      passOverSample(answer);
      continue;
    }
    // Takes back the older sample that stood before.
    if (newestOnly) takeBack(answer, start);
    writer.lineEndBytes = writeLineEnd(writer.lineEnd, time);
    answer.samples++;
    scanSample(answer, container);
  }
  answer.faulty += timeless;
  return { newest, written: newestOnly ? newest : times.newest };
}

/** Forgets what was written since, but goes on from here. */
function takeBack(answer: AnswerScan, start: Mark): void {
  goBack(answer, { ...start, at: answer.at, depth: answer.depth });
  for (const key of answer.keys.sample.keys.values()) key.part.container = null;
}

/** The time of the sample that is next into AnswerScan.time, without moving. False: it has none that can be used. */
function peekTime(answer: AnswerScan): boolean {
  const { at, depth, keys, bytes, minute, time } = answer;
  const { sample } = keys;
  let isTimed = false;
  for (let key = firstKey(answer, sample); key !== null; key = nextKey(answer, sample, key)) {
    if (key === sample.known.timestamp) {
      isTimed = nextByte(answer) === QUOTE && (readTime(bytes, answer.at, minute, time) || readOddTime(answer));
      break;
    }
    skipValueOf(answer, key);
  }
  answer.at = at;
  answer.depth = depth;
  return isTimed;
}

function readOddTime(answer: AnswerScan): boolean {
  const ns = parseTimeNs(readText(answer));
  if (ns !== null) Object.assign(answer.time, toTime(ns));
  return ns !== null;
}
