import assert from 'node:assert/strict';
import type { Row } from './influxdb.ts';
import type { Witness } from './witness.ts';

/** One point as a store has it. */
export interface StoredPoint {
  /** `docker_id`, '' for the machine. */
  source: string;
  /** As exact as the store keeps it. */
  timeNs: bigint;
  /** Measurement, tags and time, whatever the store calls them: there may be one of each. */
  key: string;
  value: string;
}

/** What was found; of each kind of fault the first few are shown. */
export interface Verdict {
  required: number;
  /** Of the source that has fewest. */
  fewest: number;
  optional: number;
  /** Stored points that only the product can have seen (see BlindSpot). */
  unseen: number;
}

/**
 * Every required sample is in the store, each of its points once and with its values; and the store has no point that cAdvisor was
 * not seen to hold. `pointsOf`: a row as the points this store makes of it. Throws where that does not hold.
 */
export function assertExactlyOnce(
  { samples, blindSpots }: Witness,
  points: readonly StoredPoint[],
  pointsOf: (row: Row) => StoredPoint[],
): Verdict {
  const faults = { twice: [] as string[], missing: [] as string[], wrong: [] as string[], never: [] as string[] };
  const stored = new Map<string, StoredPoint>();
  for (const point of points) {
    if (stored.has(point.key)) faults.twice.push(point.key);
    stored.set(point.key, point);
  }
  const explained = new Set<string>();
  for (const { claim, rows } of samples) {
    for (const point of rows.flatMap(pointsOf)) {
      const found = stored.get(point.key);
      explained.add(point.key);
      if (!found && claim === 'required') faults.missing.push(point.key);
      if (found && found.value !== point.value) faults.wrong.push(`${point.key}: ${found.value}, not ${point.value}`);
    }
  }
  const isUnseen = ({ source, timeNs }: StoredPoint) =>
    blindSpots.some(({ fromNs, toNs }) => timeNs > (fromNs.get(source) ?? 0n) && timeNs <= toNs);
  const unexplained = points.filter(({ key }) => !explained.has(key));
  faults.never = unexplained.filter((point) => !isUnseen(point)).map(({ key }) => key);

  const required = samples.filter(({ claim }) => claim === 'required');
  const bySource = Object.values(Object.groupBy(required, ({ source }) => source));
  const verdict = {
    required: required.length,
    fewest: Math.min(...bySource.map((own) => own?.length ?? 0)),
    optional: samples.filter(({ claim }) => claim === 'optional').length,
    unseen: unexplained.length - faults.never.length,
  };
  const counts = Object.entries(faults).map(([fault, keys]) => `${fault} ${keys.length}`);
  const shown = Object.entries(faults).flatMap(([fault, keys]) => keys.slice(0, 5).map((key) => `${fault}: ${key}`));
  assert.ok(shown.length === 0, `${counts.join(', ')}; ${JSON.stringify(verdict)}\n${shown.join('\n')}`);
  return verdict;
}
