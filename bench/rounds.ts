/** What one round of a variant came to. Times of an operation in ms, CPU in µs. */
export interface Sample {
  cpuUs: number;
  perSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
}

/** A round of a variant. */
export type Variant = () => Promise<Sample> | Sample;

/**
 * Runs the variants in turn, `rounds` times and once before to warm up, so that a machine that slows down slows all of them;
 * returns of each the median of every figure.
 */
export async function takeRounds<Name extends string>(
  variants: Record<Name, Variant>,
  rounds: number,
): Promise<Record<Name, Sample>> {
  const names = Object.keys(variants) as Name[];
  const taken = new Map<Name, Sample[]>(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const sample = await variants[name]();
      if (round >= 0) taken.get(name)?.push(sample);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianSample(taken.get(name) ?? [])])) as Record<Name, Sample>;
}

function medianSample(samples: Sample[]): Sample {
  const fields = Object.keys(samples[0] ?? {}) as (keyof Sample)[];
  const pick = (field: keyof Sample) => median(samples.map((sample) => sample[field] ?? Number.NaN));
  return Object.fromEntries(fields.map((field) => [field, pick(field)])) as unknown as Sample;
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share `q` of the values lie below. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Runs `count` operations, `inFlight` at a time, each told which of the lanes runs it; returns how long each took, in ms. */
export async function runInLanes(
  count: number,
  inFlight: number,
  operation: (lane: number) => Promise<void>,
): Promise<number[]> {
  const durationsMs: number[] = [];
  let started = 0;
  const lane = async (at: number) => {
    while (started++ < count) {
      const startedAt = performance.now();
      await operation(at);
      durationsMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, at) => lane(at)));
  return durationsMs;
}
