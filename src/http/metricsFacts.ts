import type { FailureReason } from '../model/reasons.ts';
import type { PhaseHistogram } from './phaseHistogram.ts';

/** What the metrics are made of, as it is at a scrape. Counts are since the start. */
export interface MetricsFacts {
  credential: CredentialFacts | null;
  /** Pings answered, by reason; `ok` for those without. */
  pings: ReadonlyMap<FailureReason | 'ok', number>;
  phases: PhaseHistogram;
  /** Pings under way, and how many may be. */
  engine: { inFlight: number; maxInFlight: number };
  pool: PoolFacts;
  /** Null where nothing is scheduled. */
  schedule: { targets: number; overruns: number } | null;
  /** Null where none is kept. */
  history: HistoryCounts | null;
  sinks: readonly { name: string; counts: PointCounts }[];
  /** Null where no node is read. */
  collector: CollectorFacts | null;
  /** Null where nothing is sent to one. */
  influx: InfluxFacts | null;
}

export interface CollectorFacts {
  nodes: number;
  failingNodes: number;
  overruns: number;
  counts: { rounds: number; failedRounds: number; samples: number; faulty: number; bytes: number };
  /** Collecting threads that ended by themselves, and that stood still; each was replaced. */
  threads: { crashed: number; stuck: number };
}

export interface InfluxFacts {
  isAway: boolean;
  /** What needs somebody to act; null: nothing. */
  alarm: string | null;
  requests: number;
  retries: number;
  queueBytes: number;
  /** Null where there is none. */
  spool: { found: number; kept: number; keptBytes: number; dropped: number; setAside: number } | null;
}

export interface CredentialFacts {
  /** 1 at the start, one more with each renewal. */
  generation: number;
  /** Times that the files on disk were found not fit; what was read before stayed in use. */
  faults: number;
  /** When the first certificate of our chain ends, ms since 1970. */
  notAfterMs: number;
  /** CRLs past their next update, or not signed by their CA. */
  badCrls: number;
}

export interface PoolFacts {
  /** Pings under way in each thread. */
  inFlight: readonly number[];
  /** Threads that ended by themselves, that stood still, and whose memory was full; each was replaced. */
  crashed: number;
  stuck: number;
  leaked: number;
  /** Pings of such a thread that were started a second time. */
  retried: number;
}

/** Entries of the history: in the store, lost, and waiting. */
export interface HistoryCounts {
  stored: number;
  dropped: number;
  kept: number;
}

export interface PointCounts {
  accepted: number;
  rejected: number;
  dropped: number;
  kept: number;
}
