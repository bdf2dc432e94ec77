import type { InfluxTarget } from '../model/influxTarget.ts';

/** What all writes to one database have in common. */
export interface WriteRequest {
  /** Path and query; stands after the target's URL. */
  path: string;
  headers: Record<string, string>;
  /** Texts that must not be shown: a server may send back what it was sent. */
  secrets: readonly string[];
}

/**
 * The write of each API, timestamps in ns. Sources: InfluxDB 1.x `/write` (1.6 reads `ns` as it reads every unknown precision: ns),
 * InfluxDB 2 `POST /api/v2/write`, InfluxDB 3 Core `POST /api/v3/write_lp`, which with `accept_partial` stores the good lines of a
 * body and names the bad ones. VictoriaMetrics answers to the first two.
 */
export function writeRequestOf(target: InfluxTarget): WriteRequest {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  switch (target.version) {
    case 1: {
      const { database, retentionPolicy, login } = target;
      const query = { db: database, ...(retentionPolicy && { rp: retentionPolicy }), precision: 'ns' };
      const path = `/write?${new URLSearchParams(query)}`;
      if (!login) return { path, headers, secrets: [] };
      const secret = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      return {
        path,
        headers: { ...headers, authorization: `Basic ${secret}` },
        secrets: [secret, login.password].filter((text) => text !== ''),
      };
    }
    case 2: {
      const { org, bucket, token } = target;
      const path = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' })}`;
      return { path, headers: { ...headers, ...authorization('Token', token) }, secrets: token ? [token] : [] };
    }
    case 3: {
      const { database, token } = target;
      const query = { db: database, precision: 'nanosecond', accept_partial: 'true' };
      const path = `/api/v3/write_lp?${new URLSearchParams(query)}`;
      return { path, headers: { ...headers, ...authorization('Bearer', token) }, secrets: token ? [token] : [] };
    }
  }
}

function authorization(scheme: string, token: string | null): Record<string, string> {
  return token ? { authorization: `${scheme} ${token}` } : {};
}
