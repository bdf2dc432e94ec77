/** One sample (ContainerStats) to lines. What a sample lacks is left out, as is a part of another kind than expected. */

import { perCpuKey } from './answerKeys.ts';
import { type AnswerScan, type Container, writeGroup, writeMetrics } from './answerScan.ts';
import { firstEntry, nextByte, nextEntry, OPEN_BRACE, OPEN_BRACKET } from './byteScan.ts';
import { firstKey, type Key, type KeyTable, nextKey, skipValueOf } from './keyTable.ts';
import { writeFields, writeNumber } from './lineWriter.ts';
import { endPart, repeatPart, startPart } from './repeatedPart.ts';
import { readGroup, readScalar } from './scalarGroup.ts';
import { seriesOf } from './series.ts';
import { skipValue } from './skipValue.ts';

/** Reads the sample that is next. AnswerScan.writer has its time. */
export function scanSample(answer: AnswerScan, container: Container): void {
  const { sample } = answer.keys;
  for (let key = firstKey(answer, sample); key !== null; key = nextKey(answer, sample, key)) {
    const byte = nextByte(answer);
    if (repeatPart(answer, container, key)) continue;
    const part = startPart(answer, container, key);
    if (scanPart(answer, container, key, byte)) endPart(answer, part);
    else {
      part.container = null;
      skipValueOf(answer, key);
    }
  }
}

/**
 * Walks over an entry of the samples. It does so by its keys and those of `network`, of which many stay as they are from sample to sample,
 * and so that a key that comes twice is a fault in every sample: one of them may be the time.
 */
export function passOverSample(answer: AnswerScan): void {
  const { sample, network } = answer.keys;
  if (nextByte(answer) !== OPEN_BRACE) {
    skipEntry(answer);
    return;
  }
  for (let key = firstKey(answer, sample); key !== null; key = nextKey(answer, sample, key)) {
    if (key === sample.known.network && nextByte(answer) === OPEN_BRACE) passOverParts(answer, network);
    else skipValueOf(answer, key);
  }
}

function passOverParts(answer: AnswerScan, table: KeyTable): void {
  for (let key = firstKey(answer, table); key !== null; key = nextKey(answer, table, key)) skipValueOf(answer, key);
}

/** Reads the value of one of a sample's keys, whose first byte is given. False: it is not read, and still the next value. */
function scanPart(answer: AnswerScan, container: Container, key: Key, byte: number | undefined): boolean {
  const { group, keys } = answer;
  const { cpu, memory, network, filesystem, task_stats, referenced_memory } = keys.sample.known;
  group.count = 0;
  if (key === filesystem) return byte === OPEN_BRACKET && scanDevices(answer, container);
  if (key === referenced_memory) {
    if (!readScalar(answer, key, group)) return false;
    writeMetrics(answer, container, group);
    return true;
  }
  if (byte !== OPEN_BRACE) return false;
  if (key === cpu) {
    readCpu(answer);
    writeGroup(answer, container, container.cpu, null);
  } else if (key === memory) {
    readMemory(answer);
    writeGroup(answer, container, container.memory, null);
    writeMetrics(answer, container, answer.entry);
  } else if (key === network) {
    readNetwork(answer, container);
    writeGroup(answer, container, container.network, keys.network.known.name);
  } else if (key === task_stats && answer.isLegacy) {
    readGroup(answer, keys.tasks, group);
    writeGroup(answer, container, container.tasks, null);
  } else return false;
  return true;
}

function readCpu(answer: AnswerScan): void {
  const { cpu, usage } = answer.keys;
  for (let key = firstKey(answer, cpu); key !== null; key = nextKey(answer, cpu, key)) {
    if (key === cpu.known.usage && nextByte(answer) === OPEN_BRACE) readUsage(answer, usage);
    else if (key !== cpu.known.load_average || !readScalar(answer, key, answer.group)) skipValueOf(answer, key);
  }
}

function readUsage(answer: AnswerScan, usage: AnswerScan['keys']['usage']): void {
  for (let key = firstKey(answer, usage); key !== null; key = nextKey(answer, usage, key)) {
    if (key === usage.known.per_cpu_usage && nextByte(answer) === OPEN_BRACKET) readPerCpu(answer);
    else if (key.metric === null || !readScalar(answer, key, answer.group)) skipValueOf(answer, key);
  }
}

function readPerCpu(answer: AnswerScan): void {
  let index = 0;
  for (let more = firstEntry(answer); more; more = nextEntry(answer), index++) {
    if (!readScalar(answer, perCpuKey(answer.keys, index), answer.group)) skipEntry(answer);
  }
}

/** Leaves the counts of page faults in AnswerScan.entry. */
function readMemory(answer: AnswerScan): void {
  const { memory, containerFaults, hierarchicalFaults } = answer.keys;
  answer.entry.count = 0;
  for (let key = firstKey(answer, memory); key !== null; key = nextKey(answer, memory, key)) {
    if (readScalar(answer, key, answer.group)) continue;
    let faults: KeyTable | null = null;
    if (key === memory.known.container_data) faults = containerFaults;
    if (key === memory.known.hierarchical_data) faults = hierarchicalFaults;
    if (answer.isCadvisor && faults && nextByte(answer) === OPEN_BRACE) readGroup(answer, faults, answer.entry);
    else skipValueOf(answer, key);
  }
}

/** Interfaces are written as they come, by `legacy` alone. */
function readNetwork(answer: AnswerScan, container: Container): void {
  const { network } = answer.keys;
  for (let key = firstKey(answer, network); key !== null; key = nextKey(answer, network, key)) {
    const isInterfaces = answer.isLegacy && key === network.known.interfaces;
    if (isInterfaces && nextByte(answer) === OPEN_BRACKET) scanInterfaces(answer, container);
    else if (!readScalar(answer, key, answer.group)) skipValueOf(answer, key);
  }
}

function scanInterfaces(answer: AnswerScan, { interfaces }: Container): void {
  const { entry, keys, bytes, writer } = answer;
  const { name } = keys.interface.known;
  let place = 0;
  for (let more = firstEntry(answer); more; more = nextEntry(answer), place++) {
    const isRead = readEntry(answer, keys.interface);
    const series = isRead ? seriesOf(interfaces, place, entry, name, bytes) : null;
    if (series?.fields) writeFields(writer, series.fields, entry, bytes, name);
    else answer.faulty++;
  }
}

/** False: no schema writes them. `legacy` has only the machine's. */
function scanDevices(answer: AnswerScan, { devices, isMachine }: Container): boolean {
  const { entry, keys, bytes, writer, isLegacy, isCadvisor } = answer;
  if (!isCadvisor && !(isLegacy && isMachine)) return false;
  const { device, usage, capacity } = keys.device.known;
  let place = 0;
  for (let more = firstEntry(answer); more; more = nextEntry(answer), place++) {
    const isRead = readEntry(answer, keys.device);
    const series = isRead ? seriesOf(devices, place, entry, device, bytes) : null;
    if (series === null) answer.faulty++;
    if (series?.fields) writeFields(writer, series.fields, entry, bytes, device);
    if (!series?.usage || !series.limit) continue;
    for (let index = 0; index < entry.count; index++) {
      if (entry.keys[index] === usage) writeNumber(writer, series.usage, entry, index, bytes);
      if (entry.keys[index] === capacity) writeNumber(writer, series.limit, entry, index, bytes);
    }
  }
  return true;
}

/** Reads an entry into AnswerScan.entry. False: it was no object and is passed over. */
function readEntry(answer: AnswerScan, table: KeyTable): boolean {
  answer.entry.count = 0;
  if (nextByte(answer) !== OPEN_BRACE) {
    skipEntry(answer);
    return false;
  }
  readGroup(answer, table, answer.entry);
  return true;
}

function skipEntry(answer: AnswerScan): void {
  answer.at = skipValue(answer.bytes, answer.at, answer.depth);
}
