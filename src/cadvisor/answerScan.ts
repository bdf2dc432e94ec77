import { tagsText } from '../model/lineText.ts';
import type { Tags } from '../model/point.ts';
import type { AnswerKeys } from './answerKeys.ts';
import type { ByteScan } from './byteScan.ts';
import { type ContainerTags, metricPrefix } from './containerTags.ts';
import type { Key, Metric } from './keyTable.ts';
import { type LineWriter, writeFields, writeNumber } from './lineWriter.ts';
import type { ScalarGroup } from './scalarGroup.ts';
import { createSeriesSet, type SeriesSet } from './series.ts';
import type { MinuteCache, SampleTime } from './timeBytes.ts';

/** An answer as it is read, and what became of it so far. */
export interface AnswerScan extends ByteScan {
  readonly keys: AnswerKeys;
  readonly writer: LineWriter;
  /** Which schemas are written. */
  readonly isLegacy: boolean;
  readonly isCadvisor: boolean;
  /** Scalars of the part of a sample that is being read, and of one entry of it. */
  readonly group: ScalarGroup;
  readonly entry: ScalarGroup;
  /** Of the sample that is read. */
  readonly time: SampleTime;
  readonly minute: MinuteCache;
  samples: number;
  faulty: number;
}

/** A container that counts, and how its lines begin. */
export interface Container {
  readonly tags: ContainerTags;
  readonly isMachine: boolean;
  readonly cpu: Buffer;
  readonly memory: Buffer;
  readonly network: Buffer;
  readonly tasks: Buffer;
  readonly interfaces: SeriesSet;
  readonly devices: SeriesSet;
}

export function createContainer(
  { isLegacy, isCadvisor }: AnswerScan,
  tags: ContainerTags,
  isMachine: boolean,
): Container {
  const { legacy, cadvisor } = tags;
  const text = isLegacy ? tagsText(legacy) : '';
  const prefix = (measurement: string) => Buffer.from(`${measurement}${text}`);
  const named = (measurement: string, tag: Tags) => Buffer.from(`${measurement}${tagsText({ ...legacy, ...tag })}`);
  const filesystem = (measurement: string, own: Metric['tags']) => metricPrefix({ measurement, tags: own }, cadvisor);
  return {
    tags,
    isMachine,
    cpu: prefix('cpu'),
    memory: prefix('memory'),
    network: prefix('network'),
    tasks: prefix('tasks'),
    interfaces: createSeriesSet((name) => ({ fields: named('network', { name }), usage: null, limit: null })),
    devices: createSeriesSet((device) => ({
      // The original passed over what Docker mounts.
      fields: isLegacy && isMachine && !device.includes('docker') ? named('filesystem', { device }) : null,
      usage: isCadvisor ? filesystem('fs_usage', { device, type: 'usage' }) : null,
      limit: isCadvisor ? filesystem('fs_limit', { device, type: 'limit' }) : null,
    })),
  };
}

/** Writes a part of a sample: in `legacy` as one line of which `except` is no field, in `cadvisor` as a line for each metric. */
export function writeGroup(answer: AnswerScan, container: Container, prefix: Buffer, except: Key | null): void {
  if (answer.isLegacy) writeFields(answer.writer, prefix, answer.group, answer.bytes, except);
  writeMetrics(answer, container, answer.group);
}

/** Writes the metrics of a group, if `cadvisor` is written. */
export function writeMetrics(answer: AnswerScan, container: Container, group: ScalarGroup): void {
  if (!answer.isCadvisor) return;
  for (let index = 0; index < group.count; index++) {
    const key = group.keys[index] as Key;
    if (key.metric === null) continue;
    if (key.metricOf !== container) {
      key.metricPrefix = metricPrefix(key.metric, container.tags.cadvisor);
      key.metricOf = container;
    }
    writeNumber(answer.writer, key.metricPrefix, group, index, answer.bytes);
  }
}

/** A place in an answer, and what became of it up to there. */
export interface Mark {
  at: number;
  depth: number;
  length: number;
  points: number;
  samples: number;
  faulty: number;
}

export function takeMark({ at, depth, writer, samples, faulty }: AnswerScan): Mark {
  return { at, depth, length: writer.length, points: writer.points, samples, faulty };
}

/** Forgets what was read and written since. */
export function goBack(answer: AnswerScan, { at, depth, length, points, samples, faulty }: Mark): void {
  answer.at = at;
  answer.depth = depth;
  answer.writer.length = length;
  answer.writer.points = points;
  answer.samples = samples;
  answer.faulty = faulty;
}
