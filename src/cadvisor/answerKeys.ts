import { createKey, createKeyTable, forgetValue, type Key, type Metric } from './keyTable.ts';

/**
 * The keys of ContainerInfo that are read (google/cadvisor, info/v1/container.go, tags 0.2 to v0.60), and the measurement that cAdvisor's
 * own InfluxDB driver makes of each number (cmd/internal/storage/influxdb/influxdb.go). Not made: `hugetlb_*`, `perf_stat` and
 * `resctrl_*`, of groups that cAdvisor does not collect unless told to.
 */
export type AnswerKeys = ReturnType<typeof createAnswerKeys>;

function createAnswerKeys() {
  return {
    container: createKeyTable({ id: null, aliases: null, labels: null, spec: null, stats: null }),
    spec: createKeyTable({ labels: null }),
    sample: createKeyTable({
      timestamp: null,
      cpu: null,
      memory: null,
      network: null,
      filesystem: null,
      task_stats: null,
      referenced_memory: metric('referenced_memory'),
    }),
    cpu: createKeyTable({ usage: null, load_average: metric('load_average') }),
    usage: createKeyTable({
      total: metric('cpu_usage_total'),
      user: metric('cpu_usage_user'),
      system: metric('cpu_usage_system'),
      per_cpu_usage: null,
    }),
    /** A key for each entry of per_cpu_usage, as far as they were met. */
    perCpu: [] as Key[],
    memory: createKeyTable({
      usage: metric('memory_usage'),
      max_usage: metric('memory_max_usage'),
      cache: metric('memory_cache'),
      rss: metric('memory_rss'),
      swap: metric('memory_swap'),
      mapped_file: metric('memory_mapped_file'),
      working_set: metric('memory_working_set'),
      failcnt: metric('memory_failcnt'),
      container_data: null,
      hierarchical_data: null,
    }),
    containerFaults: createKeyTable(faultMetrics('container')),
    hierarchicalFaults: createKeyTable(faultMetrics('hierarchical')),
    network: createKeyTable({
      name: null,
      interfaces: null,
      rx_bytes: metric('rx_bytes'),
      rx_errors: metric('rx_errors'),
      tx_bytes: metric('tx_bytes'),
      tx_errors: metric('tx_errors'),
    }),
    interface: createKeyTable({ name: null }),
    device: createKeyTable({ device: null, usage: null, capacity: null }),
    tasks: createKeyTable({}),
  };
}

/** More keys than all releases of cAdvisor have, entries of per_cpu_usage counted in. */
const MAX_KEPT_KEYS = 4096;

let kept: AnswerKeys | null = null;

/**
 * Reads an answer with keys that are kept for the next: making them takes longer than reading 50 kB, and the engine's compiled code is good
 * for as long as their shapes live. Not for two answers at once.
 */
export function withAnswerKeys<Result>(read: (keys: AnswerKeys) => Result): Result {
  const keys = kept ?? createAnswerKeys();
  try {
    return read(keys);
  } finally {
    kept = forgetAnswer(keys) > MAX_KEPT_KEYS ? null : keys;
  }
}

/** Lets go of what was known of the values of an answer. Tells how many keys there are. */
function forgetAnswer({ perCpu, ...tables }: AnswerKeys): number {
  let count = perCpu.length;
  for (const key of perCpu) forgetValue(key);
  for (const { keys } of Object.values(tables)) {
    count += keys.size;
    for (const key of keys.values()) forgetValue(key);
  }
  return count;
}

function metric(measurement: string, tags: Metric['tags'] = {}): Metric {
  return { measurement, tags };
}

function faultMetrics(scope: string): Record<'pgfault' | 'pgmajfault', Metric> {
  const of = (failure_type: string) => metric('memory_failure', { failure_type, scope });
  return { pgfault: of('pgfault'), pgmajfault: of('pgmajfault') };
}

/** The key of the entry `index` of per_cpu_usage. */
export function perCpuKey(keys: AnswerKeys, index: number): Key {
  let key = keys.perCpu[index];
  if (!key) {
    key = createKey(`per_cpu_usage_${index}`, metric('cpu_usage_per_cpu', { instance: `${index}` }));
    keys.perCpu[index] = key;
  }
  return key;
}
