/** Which samples of a container are to be sent: see ParseTask.cursor. */
import { type AnswerScan, type Container, goBack, takeMark } from './answerScan.ts';
import { firstEntry, nextByte, nextEntry, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './byteScan.ts';
import { firstKey, nextKey, readText, skipValueOf } from './keyTable.ts';
import { scanSample } from './sampleScan.ts';
import { skipValue } from './skipValue.ts';
import { parseTimeNs } from './time.ts';

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
  const { newestNs, writtenNs } = scanEntries(answer, container, sent);
  const { upToNs } = sent;
  if (newestNs === null || upToNs === null || upToNs - newestNs <= CLOCK_SET_BACK_NS) return writtenNs ?? upToNs;
  // None of them is newer than the cursor, so that nothing is written yet.
  goBack(answer, start);
  return scanEntries(answer, container, { newestOnly: false, upToNs: null }).writtenNs;
}

interface Times {
  /** Of all samples with a time. */
  newestNs: bigint | null;
  /** Of those that were written. */
  writtenNs: bigint | null;
}

function scanEntries(answer: AnswerScan, container: Container, { newestOnly, upToNs }: Sent): Times {
  const start = takeMark(answer);
  const written = new Set<bigint>();
  let timeless = 0;
  let newestNs: bigint | null = null;
  for (let more = firstEntry(answer); more; more = nextEntry(answer)) {
    const timeNs = nextByte(answer) === OPEN_BRACE ? peekTimeNs(answer) : null;
    if (timeNs === null) timeless++;
    const isNewest = timeNs !== null && (newestNs === null || timeNs > newestNs);
    if (isNewest) newestNs = timeNs;
    const isWanted = newestOnly
      ? isNewest
      : timeNs !== null && (upToNs === null || timeNs > upToNs) && !written.has(timeNs);
    if (timeNs === null || !isWanted) {
      passOver(answer);
      continue;
    }
    if (newestOnly) {
      // Takes back the older sample that stood before.
      goBack(answer, { ...start, at: answer.at, depth: answer.depth });
    } else written.add(timeNs);
    answer.writer.lineEnd = Buffer.from(` ${timeNs}\n`);
    answer.samples++;
    scanSample(answer, container);
  }
  answer.faulty += timeless;
  const newestWritten = [...written].reduce<bigint | null>(
    (best, ns) => (best === null || ns > best ? ns : best),
    null,
  );
  return { newestNs, writtenNs: newestOnly ? newestNs : newestWritten };
}

/** Walks over a sample by its keys, so that one that comes twice is a fault in every sample: one of them may be the time. */
function passOver(answer: AnswerScan): void {
  const { sample } = answer.keys;
  if (nextByte(answer) !== OPEN_BRACE) {
    answer.at = skipValue(answer.bytes, answer.at, answer.depth);
    return;
  }
  for (let key = firstKey(answer, sample); key !== null; key = nextKey(answer, sample, key)) skipValueOf(answer, key);
}

/** The time of the sample that is next, without moving; null: it has none that can be used. */
function peekTimeNs(answer: AnswerScan): bigint | null {
  const { at, depth, keys } = answer;
  const { sample } = keys;
  let timeNs: bigint | null = null;
  for (let key = firstKey(answer, sample); key !== null; key = nextKey(answer, sample, key)) {
    if (key === sample.known.timestamp) {
      if (nextByte(answer) === QUOTE) timeNs = parseTimeNs(readText(answer));
      break;
    }
    skipValueOf(answer, key);
  }
  answer.at = at;
  answer.depth = depth;
  return timeNs;
}
