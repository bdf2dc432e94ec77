import type { Key } from './keyTable.ts';
import { textOf } from './keyTable.ts';
import { type ScalarGroup, STRING } from './scalarGroup.ts';

/** One interface or device of a container, and how its lines begin. */
export interface Series {
  /** Its name as it stands in the body, quotes included. */
  readonly token: Buffer;
  readonly name: string;
  /** `legacy`; null: it is not written. */
  readonly fields: Buffer | null;
  /** `cadvisor`, of devices. */
  readonly usage: Buffer | null;
  readonly limit: Buffer | null;
}

/** The interfaces or devices of a container, as far as they were met. */
export interface SeriesSet {
  readonly byPlace: Series[];
  readonly byName: Map<string, Series>;
  readonly create: (name: string) => Omit<Series, 'token' | 'name'>;
}

export function createSeriesSet(create: SeriesSet['create']): SeriesSet {
  return { byPlace: [], byName: new Map(), create };
}

/**
 * The series of the entry at `place` of an array, by its own name, which is the group's scalar `key`. Null: it has none, and as a point it
 * would overwrite others. A sample lists them in the order of the sample before, so that comparing bytes is nearly all.
 */
export function seriesOf(set: SeriesSet, place: number, group: ScalarGroup, key: Key, body: Buffer): Series | null {
  const index = group.keys.indexOf(key);
  if (index < 0 || index >= group.count || group.kinds[index] !== STRING) return null;
  const start = group.starts[index] as number;
  const end = group.ends[index] as number;
  const known = set.byPlace[place];
  if (known && known.token.compare(body, start, end) === 0) return known;
  const name = textOf(body, start, end);
  if (name === '') return null;
  let series = set.byName.get(name);
  if (!series) {
    series = { token: Buffer.from(body.subarray(start, end)), name, ...set.create(name) };
    set.byName.set(name, series);
  }
  set.byPlace[place] = series;
  return series;
}
