/** How much goes into one write: a batch is written when it has so many lines or bytes, or when its oldest line waited so long. */
export interface BatchLimits {
  maxLines: number;
  maxBytes: number;
  maxAgeMs: number;
}

/** The three APIs of InfluxDB, by the number of the release that brought each. */
export type InfluxPlace =
  | {
      version: 1;
      database: string;
      /** null: the database's default. */
      retentionPolicy: string | null;
      /** null: without authentication. */
      login: { username: string; password: string } | null;
    }
  | { version: 2; org: string; bucket: string; token: string | null }
  | { version: 3; database: string; token: string | null };

/** A database to write to. */
export type InfluxTarget = InfluxPlace & {
  /** `http://host:port` or `https://…`, with the path that stands before the API's own; no `/` at the end. */
  url: string;
  /** PEM of the CAs to trust instead of the system's. */
  ca: string | null;
  /** Whether bodies are compressed. */
  gzip: boolean;
  batch: BatchLimits;
};

/**
 * 5,000 lines is what InfluxData's documentation advises for a write; 4 MiB stays below the 10 MiB above which InfluxDB 3 says 413 unless
 * told otherwise (1.x: 25 MB). One second is short against any interval of collecting.
 */
export const DEFAULT_BATCH: BatchLimits = { maxLines: 5000, maxBytes: 4 * 2 ** 20, maxAgeMs: 1000 };
