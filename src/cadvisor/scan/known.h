/*
 * The keys of ContainerInfo that are read (google/cadvisor, info/v1/container.go, tags 0.2 to v0.60), and the measurement that cAdvisor's
 * own InfluxDB driver makes of each number (cmd/internal/storage/influxdb/influxdb.go). Not made: `hugetlb_*`, `perf_stat` and
 * `resctrl_*`, of groups that cAdvisor does not collect unless told to.
 */
#ifndef KNOWN_H
#define KNOWN_H

/* One kind of object each. Objects of one kind are never inside each other. */
typedef enum {
  CONTAINER, SPEC, SAMPLE, CPU, USAGE, PER_CPU, MEMORY, CONTAINER_FAULTS, HIERARCHICAL_FAULTS, NETWORK, INTERFACE, DEVICE, TASKS, KINDS
} Kind;

/* Kind, name, how it is called here, metric. */
#define KNOWN_KEYS(KEY) \
  KEY(CONTAINER, "id", ID, 0) \
  KEY(CONTAINER, "aliases", ALIASES, 0) \
  KEY(CONTAINER, "labels", LABELS, 0) \
  KEY(CONTAINER, "spec", THE_SPEC, 0) \
  KEY(CONTAINER, "stats", STATS, 0) \
  KEY(SPEC, "labels", SPEC_LABELS, 0) \
  KEY(SAMPLE, "timestamp", TIMESTAMP, 0) \
  KEY(SAMPLE, "cpu", THE_CPU, 0) \
  KEY(SAMPLE, "memory", THE_MEMORY, 0) \
  KEY(SAMPLE, "network", THE_NETWORK, 0) \
  KEY(SAMPLE, "filesystem", FILESYSTEM, 0) \
  KEY(SAMPLE, "task_stats", TASK_STATS, 0) \
  KEY(SAMPLE, "referenced_memory", REFERENCED_MEMORY, "referenced_memory") \
  KEY(CPU, "usage", CPU_USAGE, 0) \
  KEY(CPU, "load_average", LOAD_AVERAGE, "load_average") \
  KEY(USAGE, "total", TOTAL, "cpu_usage_total") \
  KEY(USAGE, "user", USER, "cpu_usage_user") \
  KEY(USAGE, "system", SYSTEM, "cpu_usage_system") \
  KEY(USAGE, "per_cpu_usage", PER_CPU_USAGE, 0) \
  KEY(MEMORY, "usage", MEMORY_USAGE, "memory_usage") \
  KEY(MEMORY, "max_usage", MAX_USAGE, "memory_max_usage") \
  KEY(MEMORY, "cache", CACHE, "memory_cache") \
  KEY(MEMORY, "rss", RSS, "memory_rss") \
  KEY(MEMORY, "swap", SWAP, "memory_swap") \
  KEY(MEMORY, "mapped_file", MAPPED_FILE, "memory_mapped_file") \
  KEY(MEMORY, "working_set", WORKING_SET, "memory_working_set") \
  KEY(MEMORY, "failcnt", FAILCNT, "memory_failcnt") \
  KEY(MEMORY, "container_data", CONTAINER_DATA, 0) \
  KEY(MEMORY, "hierarchical_data", HIERARCHICAL_DATA, 0) \
  KEY(CONTAINER_FAULTS, "pgfault", C_FAULT, "memory_failure,failure_type=pgfault,scope=container") \
  KEY(CONTAINER_FAULTS, "pgmajfault", C_MAJOR, "memory_failure,failure_type=pgmajfault,scope=container") \
  KEY(HIERARCHICAL_FAULTS, "pgfault", H_FAULT, "memory_failure,failure_type=pgfault,scope=hierarchical") \
  KEY(HIERARCHICAL_FAULTS, "pgmajfault", H_MAJOR, "memory_failure,failure_type=pgmajfault,scope=hierarchical") \
  KEY(NETWORK, "name", NETWORK_NAME, 0) \
  KEY(NETWORK, "interfaces", INTERFACES, 0) \
  KEY(NETWORK, "rx_bytes", RX_BYTES, "rx_bytes") \
  KEY(NETWORK, "rx_errors", RX_ERRORS, "rx_errors") \
  KEY(NETWORK, "tx_bytes", TX_BYTES, "tx_bytes") \
  KEY(NETWORK, "tx_errors", TX_ERRORS, "tx_errors") \
  KEY(INTERFACE, "name", INTERFACE_NAME, 0) \
  KEY(DEVICE, "device", DEVICE_NAME, 0) \
  KEY(DEVICE, "usage", DEVICE_USAGE, 0) \
  KEY(DEVICE, "capacity", CAPACITY, 0)

#endif
