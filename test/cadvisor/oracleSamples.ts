import { parseTimeNs } from '../../src/cadvisor/time.ts';
import type { Cursor } from '../../src/model/parseTask.ts';
import { asArray, asObject, type Json, type JsonObject } from './oracleJson.ts';

export interface Sample {
  timeNs: bigint;
  stats: JsonObject;
}

export interface SampleChoice {
  /** In the order in which they stand, every time once. */
  samples: Sample[];
  /** Newest sample sent, these included; null when there was none yet. */
  newestNs: bigint | null;
  /** Entries without a usable time. */
  faulty: number;
}

/** Samples this much older than the cursor mean that the node's clock was set back, for cAdvisor forgets sooner than that. */
const CLOCK_SET_BACK_NS = 600_000_000_000n;

/** Which samples of one container are to be sent: see ParseTask.cursor. Of those with the same time the first. */
export function chooseSamples(entries: Json | undefined, cursor: Cursor | null, container: string): SampleChoice {
  const timed: Sample[] = [];
  let faulty = 0;
  for (const entry of asArray(entries)) {
    const stats = asObject(entry);
    const timeNs = parseTimeNs(stats?.timestamp);
    if (stats && timeNs !== null) timed.push({ timeNs, stats });
    else faulty++;
  }
  const newest = timed.reduce<Sample | null>(
    (best, sample) => (best && best.timeNs >= sample.timeNs ? best : sample),
    null,
  );
  const sentNs = cursor?.get(container) ?? null;
  if (!newest) return { samples: [], newestNs: sentNs, faulty };
  if (!cursor) return { samples: [newest], newestNs: newest.timeNs, faulty };
  const setBack = sentNs !== null && sentNs - newest.timeNs > CLOCK_SET_BACK_NS;
  const samples = newerThan(setBack ? null : sentNs, timed);
  return { samples, newestNs: samples.length > 0 ? newest.timeNs : sentNs, faulty };
}

function newerThan(afterNs: bigint | null, samples: readonly Sample[]): Sample[] {
  const times = new Set<bigint>();
  return samples.filter(({ timeNs }) => {
    if (times.has(timeNs) || (afterNs !== null && timeNs <= afterNs)) return false;
    times.add(timeNs);
    return true;
  });
}
