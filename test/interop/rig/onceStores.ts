import { pointKey, toPoints } from './comparison.ts';
import type { StoredPoint } from './exactlyOnce.ts';
import { type Influxdb, type Row, startInfluxdb } from './influxdb.ts';
import { startVictoriaMetrics } from './victoriaMetrics.ts';

/* Stores as the proof of exactly-once sees them: what of samples they hold, and how the product is told of them. */

export interface OnceStore {
  /** `influx:` of the product's configuration. */
  config: Record<string, unknown>;
  /** What must not be in any log. */
  secret: string;
  /** 1 where it keeps all of a time. */
  resolutionNs: bigint;
  /** `<docker_id or nothing> <time in units of the resolution>` of each sample of `cpu`, which every sample has. */
  sampleTimes(): Promise<Set<string>>;
  points(): Promise<StoredPoint[]>;
  pointsOf(row: Row): StoredPoint[];
  /** Points that it was sent, where it counts them: of all its starts. */
  pointsReceived(): Promise<number | null>;
  stop(): Promise<void>;
  startAgain(): Promise<void>;
}

export async function startInfluxStore(programs: string): Promise<OnceStore> {
  const influxdb: Influxdb = await startInfluxdb(programs);
  const { port, database, writer } = influxdb;
  let receivedBefore = 0;
  const pointsReceived = async () => receivedBefore + (await influxdb.pointsReceived());
  return {
    config: { host: '127.0.0.1', port, database, ...writer },
    secret: writer.password,
    resolutionNs: 1n,
    async sampleTimes() {
      const rows = await influxdb.query('SELECT docker_id, total FROM cpu');
      return new Set(rows.map(({ values }) => `${values.docker_id ?? ''} ${values.time}`));
    },
    points: async () => (await influxdb.query('SELECT * FROM /.*/')).flatMap(influxPoint),
    pointsOf: influxPoint,
    pointsReceived,
    async stop() {
      receivedBefore = await pointsReceived(); // it counts anew from each start
      await influxdb.stop();
    },
    startAgain: influxdb.startAgain,
  };
}

const TAGS = new Set(['time', 'host', 'docker_id', 'dirac_component', 'name', 'device']);

function influxPoint({ measurement, values }: Row): StoredPoint[] {
  const all = Object.entries(values).toSorted();
  const key = JSON.stringify([measurement, ...all.filter(([name]) => TAGS.has(name))]);
  const value = JSON.stringify(all.filter(([name]) => !TAGS.has(name)));
  return [{ source: values.docker_id ?? '', timeNs: BigInt(values.time ?? 0), key, value }];
}

/** `version`: of InfluxDB's protocol, 1 or 2. */
export async function startVictoriaStore(programs: string, version: 1 | 2): Promise<OnceStore> {
  const victoria = await startVictoriaMetrics(programs);
  const secret = 'token-of-the-rig';
  const place = { host: '127.0.0.1', port: victoria.port };
  const points = async (selector: string) =>
    (await victoria.export(selector)).flatMap(({ metric: { __name__: name, db: _, ...labels }, values, timestamps }) =>
      values.map((value, at) => asPoint(name, labels, timestamps[at] ?? 0, value)),
    );
  return {
    config:
      version === 1
        ? { ...place, database: 'monitoring' }
        : { ...place, version, org: 'dirac', bucket: 'monitoring', token: secret },
    secret,
    resolutionNs: MS,
    async sampleTimes() {
      return new Set((await points('cpu_total')).map(({ source, timeNs }) => `${source} ${timeNs / MS}`));
    },
    points: () => points('{__name__=~".+"}'),
    pointsOf: (row) =>
      toPoints(row).map(({ name, labels, timeMs, value }) => asPoint(name, labels, Number(timeMs), value)),
    pointsReceived: async () => null,
    stop: victoria.stop,
    startAgain: victoria.startAgain,
  };
}

const MS = 1_000_000n;

function asPoint(name: string, labels: Record<string, string>, timeMs: number, value: number): StoredPoint {
  const key = pointKey(name, labels, `${timeMs}`);
  return { source: labels.docker_id ?? '', timeNs: BigInt(timeMs) * MS, key, value: `${value}` };
}
