import { readFileSync } from 'node:fs';

/** A made-up cAdvisor node: containers of the recorded kind, each sampled once a step, all steps evenly spread over the containers. */
export interface NodeShape {
  containers: number;
  stepMs: number;
}

/** As the request has them. */
export interface AnswerQuestion {
  num_stats: number;
  start?: string;
}

export interface FakeAnswer {
  body: Buffer;
  samples: number;
}

/** What cAdvisor keeps by default. */
const KEEP_MS = 120_000;
const TIMESTAMP_CHARS = 24;
const FIXTURES = '../test/fixtures/cadvisor/';

/** The pieces of one container's part of an answer. */
interface Template {
  head: Buffer;
  /** A sample, and where its time of 24 characters is to be written. */
  sample: Buffer;
  timeAt: number;
  tail: Buffer;
  phaseMs: number;
}

/** Builds answers of `/api/v1.3/docker` out of prepared bytes, in which only the times change: some 20 µs for 50 containers. */
export function createDockerAnswer({
  containers,
  stepMs,
}: NodeShape): (asked: AnswerQuestion, nowMs: number) => FakeAnswer {
  const recorded = Object.values(readFixture('cgroup-v1-docker.json')).filter(isMesos);
  const templates = Array.from({ length: containers }, (_, index) => {
    const { stats, ...container } = recorded[index % recorded.length] as RecordedContainer;
    const id = index.toString(16).padStart(64, '0');
    const named = { ...container, id, name: `/docker/${id}`, aliases: [`mesos-${index}`, id] };
    const head = `${index === 0 ? '{' : ','}"/docker/${id}":${JSON.stringify(named).slice(0, -1)},"stats":[`;
    return template(head, stats, ']}', (index / containers) * stepMs);
  });
  return (asked, nowMs) => assemble(templates, stepMs, asked, nowMs, '}');
}

/** The same for `/api/v1.3/containers/`. */
export function createMachineAnswer(stepMs: number): (asked: AnswerQuestion, nowMs: number) => FakeAnswer {
  const { stats, ...machine } = readFixture('cgroup-v1-machine.json') as unknown as RecordedContainer;
  const templates = [template(`${JSON.stringify(machine).slice(0, -1)},"stats":[`, stats, ']}', 0)];
  return (asked, nowMs) => assemble(templates, stepMs, asked, nowMs, '');
}

interface RecordedContainer {
  aliases?: string[];
  stats: unknown[];
}

function readFixture(name: string): Record<string, RecordedContainer> {
  return JSON.parse(readFileSync(new URL(FIXTURES + name, import.meta.url), 'utf8'));
}

function isMesos({ aliases = [] }: RecordedContainer): boolean {
  return aliases.some((alias) => alias.includes('mesos'));
}

function template(head: string, stats: unknown[], tail: string, phaseMs: number): Template {
  const time = '#'.repeat(TIMESTAMP_CHARS);
  const sample = Buffer.from(JSON.stringify({ ...(stats.at(-1) as object), timestamp: time }));
  return { head: Buffer.from(head), sample, timeAt: sample.indexOf(time), tail: Buffer.from(tail), phaseMs };
}

/** As cAdvisor's store answers: of the samples at or after `start` the newest `num_stats`, ascending. */
function assemble(
  templates: readonly Template[],
  stepMs: number,
  { num_stats: most, start }: AnswerQuestion,
  nowMs: number,
  end: string,
): FakeAnswer {
  const earliestMs = Math.max(start === undefined ? 0 : Date.parse(start), nowMs - KEEP_MS);
  const parts: Buffer[] = [];
  let samples = 0;
  for (const { head, sample, timeAt, tail, phaseMs } of templates) {
    const newestMs = Math.floor((nowMs - phaseMs) / stepMs) * stepMs + phaseMs;
    const count = Math.min(most, Math.max(0, Math.floor((newestMs - earliestMs) / stepMs) + 1));
    parts.push(head);
    for (let back = count - 1; back >= 0; back--) {
      const copy = Buffer.from(sample);
      copy.write(new Date(newestMs - back * stepMs).toISOString(), timeAt, 'latin1');
      parts.push(copy);
      if (back > 0) parts.push(COMMA);
    }
    parts.push(tail);
    samples += count;
  }
  parts.push(Buffer.from(end));
  return { body: Buffer.concat(parts), samples };
}

const COMMA = Buffer.from(',');
