const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** What InfluxDB can hold: int64 nanoseconds, 1677 to 2262. */
const MAX_NS = 2n ** 63n - 1n;

/**
 * Nanoseconds since 1970 of a cAdvisor timestamp: RFC 3339 with up to 9 decimals, trailing zeros dropped (Go's RFC3339Nano).
 * Null for anything else, and for Go's zero time (year 1), which means that no time was set.
 */
export function parseTimeNs(text: unknown): bigint | null {
  const match = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (!match) return null;
  const [, second = '', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(second + zone);
  if (Number.isNaN(milliseconds)) return null;
  const ns = BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return ns > -MAX_NS && ns < MAX_NS ? ns : null;
}

/** Times in ns, each once. */
export interface Times {
  readonly all: bigint[];
  newest: bigint | null;
  /** Made when they turn out not to ascend. */
  known: Set<bigint> | null;
}

export function createTimes(): Times {
  return { all: [], newest: null, known: null };
}

/** False: it was added before. */
export function addTime(times: Times, ns: bigint): boolean {
  if (times.newest !== null && ns <= times.newest) {
    times.known ??= new Set(times.all);
    if (times.known.has(ns)) return false;
  } else times.newest = ns;
  times.known?.add(ns);
  times.all.push(ns);
  return true;
}
