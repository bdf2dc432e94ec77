import Registry from 'prom-client/lib/registry.js';

/** One metric with all its samples. Its name is an interface: CHANGELOG.md. */
export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples: readonly Sample[];
}

export interface Sample {
  /** Where it is not the family's name: `…_bucket`, `…_sum` and `…_count` of a histogram. */
  metricName?: string;
  labels?: Readonly<Record<string, string | number>>;
  value: number;
}

/** A value that goes up and down; one sample without labels, or several. */
export function gauge(name: string, help: string, value: number | readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples: samplesOf(value) };
}

/** A value that only rises; its name ends in `_total`. */
export function counter(name: string, help: string, value: number | readonly Sample[]): Family {
  return { name, help, type: 'counter', samples: samplesOf(value) };
}

/** One sample per key of the record, under the label. */
export function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
}

export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Prometheus's text form 0.0.4 of the families. */
export function writeFamilies(families: readonly Family[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, type, samples } of families) {
    const metric = { name, get: () => ({ name, help, type, values: samples }) };
    registry.registerMetric(metric as never);
  }
  return registry.metrics();
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === 'number' ? [{ value }] : value;
}
