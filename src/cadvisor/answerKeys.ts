import { createKey, createKeyTable, type Key, type Metric } from './keyTable.ts';

/**
 * The keys of ContainerInfo that are read (google/cadvisor, info/v1/container.go, tags 0.2 to v0.60), and the measurement that cAdvisor's
 * own InfluxDB driver makes of each number (cmd/internal/storage/influxdb/influxdb.go). Not made: `hugetlb_*`, `perf_stat` and
 * `resctrl_*`, of groups that cAdvisor does not collect unless told to.
 */
export type AnswerKeys = ReturnType<typeof createAnswerKeys>;

/** Made anew for each answer, so that what an answer brings ends with it. */
export function createAnswerKeys() {
  return {
    /** Absolute names of the containers of a `docker` answer. */
    containers: createKeyTable({}),
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
