import type { ContainerEntry, Sample } from './cadvisor.ts';
import type { Row } from './influxdb.ts';

/*
 * What the collector has to write for a sample of cAdvisor, worked out anew from the contract of the original script
 * (CPU, memory, tasks, network, and the machine's filesystems; only scalars; devices of docker left out), as rows of InfluxDB.
 */

/** Those of one sample. `isMachine`: filesystems count. */
export function expectedRows(sample: Sample, tags: Record<string, string>, isMachine: boolean): Row[] {
  const time = toNanoseconds(sample.timestamp);
  const row = (measurement: string, fields: unknown, more: Record<string, string> = {}): Row[] => {
    const values = scalars(fields);
    return Object.keys(values).length === 0 ? [] : [{ measurement, values: { time, ...tags, ...more, ...values } }];
  };
  const cpu = (sample.cpu ?? {}) as { load_average?: unknown; usage?: Record<string, unknown> };
  const { per_cpu_usage: perCpu = [], ...usage } = cpu.usage ?? {};
  const perCpuFields = (perCpu as unknown[]).map((value, index) => [`per_cpu_usage_${index}`, value]);
  const { interfaces = [], name: _, ...totals } = (sample.network ?? {}) as { interfaces?: Named[]; name?: string };
  const filesystems = isMachine ? ((sample.filesystem ?? []) as Named[]) : [];
  return [
    ...row('cpu', { load_average: cpu.load_average, ...usage, ...Object.fromEntries(perCpuFields) }),
    ...row('memory', sample.memory),
    ...row('tasks', sample.task_stats),
    ...row('network', totals),
    ...interfaces.flatMap(({ name = '', ...fields }) => row('network', fields, { name })),
    ...filesystems
      .filter(({ device = '' }) => !device.includes('docker'))
      .flatMap(({ device = '', ...fields }) => row('filesystem', fields, { device })),
  ];
}

/** Whether the original would have taken this container, and by what tags. */
export function containerTags(
  { id = '', aliases = [], spec }: ContainerEntry,
  host: string,
): Record<string, string> | null {
  const component = spec.labels?.dirac_component;
  const counts = component !== undefined && aliases.some((alias) => alias.includes('mesos'));
  return counts ? { host, docker_id: id, dirac_component: component } : null;
}

interface Named {
  name?: string;
  device?: string;
  [field: string]: unknown;
}

/** The scalar members as InfluxDB prints them; numbers came as `{number: "12"}`, nested objects are dropped. */
function scalars(group: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((group ?? {}) as Record<string, unknown>).flatMap(([key, value]) => {
      if (typeof value === 'string' || typeof value === 'boolean') return [[key, `${value}`]];
      const { number } = (value ?? {}) as { number?: string };
      return typeof number === 'string' ? [[key, number]] : [];
    }),
  );
}

/** `2026-11-24T08:11:28.14025232Z` in ns since 1970, as text: up to 9 decimals, more than a Date keeps. */
export function toNanoseconds(timestamp: string): string {
  const [, seconds, fraction = ''] = /^([^.]+?)(?:\.(\d{1,9}))?Z$/.exec(timestamp) as RegExpExecArray;
  return `${BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))}`;
}
