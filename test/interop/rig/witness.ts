import type { Cadvisor } from './cadvisor.ts';
import { containerTags, expectedRows, toNanoseconds } from './expectedRows.ts';
import type { Row } from './influxdb.ts';

/*
 * Reads cAdvisor beside the product and remembers every sample it was seen to hold: cAdvisor forgets after 2 minutes, so who looks
 * more often than that sees all.
 */

/** Newest (or first) sample time of each source, ns since 1970: a source is a container by its `docker_id`, '' is the machine. */
export type SourceTimes = ReadonlyMap<string, bigint>;

export interface SeenSample {
  source: string;
  timeNs: bigint;
  /** What the product has to write for it. */
  rows: Row[];
  /** `open`: not decided yet. `required`: must be in the store. `optional`: may be there, and then with these very values. */
  claim: 'open' | 'required' | 'optional';
}

/** When cAdvisor may have held samples that only the product saw, because it was stopped before the next look. */
interface BlindSpot {
  /** Exclusive. */
  fromNs: SourceTimes;
  /** Inclusive. */
  toNs: bigint;
}

export interface Witness {
  samples: SeenSample[];
  blindSpots: BlindSpot[];
  /** Remembers what cAdvisor holds now; resolves to its newest. Only containers that the product has to take. */
  look(cadvisor: Cadvisor): Promise<SourceTimes>;
  /** Decides for the open samples up to these times: they are required. */
  require(upTo: SourceTimes): void;
  /** Decides for the open samples before these times (all where there are none): they are optional. */
  excuse(before?: SourceTimes): void;
}

/** `host`: value of that tag. */
export function startWitness(host: string): Witness {
  const seen = new Map<string, SeenSample>();
  const newest = new Map<string, bigint>();
  const open = () => [...seen.values()].filter(({ claim }) => claim === 'open');
  return {
    get samples() {
      return [...seen.values()];
    },
    blindSpots: [],
    async look(cadvisor) {
      const { docker, machine } = await cadvisor.read();
      const sources = docker.flatMap((entry) => {
        const tags = containerTags(entry, host);
        return tags ? [{ source: entry.id ?? '', stats: entry.stats ?? [], tags, isMachine: false }] : [];
      });
      for (const { source, stats, tags, isMachine } of [
        ...sources,
        { source: '', stats: machine.stats ?? [], tags: { host }, isMachine: true },
      ]) {
        for (const sample of stats) {
          const timeNs = BigInt(toNanoseconds(sample.timestamp));
          const key = `${source} ${timeNs}`;
          if (seen.has(key)) continue;
          seen.set(key, { source, timeNs, rows: expectedRows(sample, tags, isMachine), claim: 'open' });
          if (timeNs > (newest.get(source) ?? 0n)) newest.set(source, timeNs);
        }
      }
      return new Map(newest);
    },
    require(upTo) {
      for (const sample of open()) if (sample.timeNs <= (upTo.get(sample.source) ?? 0n)) sample.claim = 'required';
    },
    excuse(before) {
      for (const sample of open())
        if (!before || sample.timeNs < (before.get(sample.source) ?? 0n)) sample.claim = 'optional';
    },
  };
}
