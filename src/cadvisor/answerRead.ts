import type { ParseMessage } from '../model/parseTask.ts';
import type { ContainerTags } from './containerTags.ts';
import { createTimes, type Times } from './time.ts';

/** Key of the machine's own samples: the name of the root cgroup. */
const MACHINE = '/';

/** An answer as it is read, and what came of it beside lines. */
export interface AnswerRead {
  readonly message: ParseMessage;
  /** Of all containers that were met. */
  readonly names: Set<string>;
  readonly newest: Map<string, bigint>;
  /** Of the container that is read. */
  name: string;
  tags: ContainerTags;
  /** Those of `cadvisor` as text, which most of its metrics have and no others. */
  metricTags: string;
  /** Addresses in the scanner's memory, by kind and name. */
  series: Map<string, number>;
  /** Of its samples that were written. */
  times: Times;
}

export function startAnswer(message: ParseMessage): AnswerRead {
  return {
    message,
    names: new Set(),
    newest: new Map(),
    name: MACHINE,
    tags: { legacy: {}, cadvisor: {} },
    metricTags: '',
    series: new Map(),
    times: createTimes(),
  };
}
