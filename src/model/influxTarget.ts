/** An InfluxDB 1.x database to write to. */
export interface InfluxTarget {
  /** `http://host:port`, without a path. */
  url: string;
  database: string;
  /** null: the database's default. */
  retentionPolicy: string | null;
  /** null: without authentication. */
  login: { username: string; password: string } | null;
  /** PEM of the CAs to trust instead of the system's. */
  ca: string | null;
}
