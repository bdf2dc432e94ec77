import type { Cursor } from '../model/parseTask.ts';
import { asArray, asObject, type Json, type JsonObject } from './containerInfo.ts';
import { parseTimeNs } from './time.ts';

export interface Sample {
  timeNs: bigint;
  stats: JsonObject;
}

export interface SampleChoice {
  /** Ascending in time, every time once. */
  samples: Sample[];
  /** Newest sample sent, these included; null when there was none yet. */
  newestNs: bigint | null;
  /** Entries without a usable time. */
  faulty: number;
}

/** Samples this much older than the cursor mean that the node's clock was set back, for cAdvisor forgets sooner than that. */
const CLOCK_SET_BACK_NS = 600_000_000_000n;

/** Which samples of one container are to be sent: see ParseTask.cursor. Repeated and out-of-order ones are passed over. */
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
  const samples = ascending(timed, setBack ? null : sentNs);
  return { samples, newestNs: samples.at(-1)?.timeNs ?? sentNs, faulty };
}

/** The samples that are newer than `afterNs` and than every sample before them. */
function ascending(samples: readonly Sample[], afterNs: bigint | null): Sample[] {
  let lastNs = afterNs;
  return samples.filter(({ timeNs }) => {
    if (lastNs !== null && timeNs <= lastNs) return false;
    lastNs = timeNs;
    return true;
  });
}
