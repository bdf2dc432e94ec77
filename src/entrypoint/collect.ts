import { hostname } from 'node:os';
import { type CadvisorNode, parseNode, thisNode } from '../cadvisor/node.ts';
import { loadCollectConfig } from '../config/collectConfig.ts';
import { collectOnce, startCollector } from '../engine/collector.ts';
import { noCounts, type Sink } from '../influx/sink.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import { DEFAULT_SPOOL_BOUNDS } from '../model/spool.ts';
import { createLog } from './log.ts';
import { startPrintSink } from './printSink.ts';
import { stopSignal } from './stopSignal.ts';
import { type StoresLog, startInfluxStore } from './stores.ts';

export interface CollectOptions {
  /** Path of the JSON file that says where InfluxDB is. */
  config: string;
  /** `HOST` or `HOST:PORT`; none: this host. */
  target: string[];
  /** Send to InfluxDB. */
  influx: boolean;
  /** Path of a file for what cannot be sent now, and for how far the nodes were read. Needs `influx`. */
  spool?: string | undefined;
  /** Do not print the lines. */
  quiet: boolean;
  /** null: once. */
  intervalMs: number | null;
}

/** For one round of one node; less where the interval is shorter. */
const ROUND_TIMEOUT_MS = 10_000;

/**
 * `dips-probe collect`. Returns the exit code: 0 when every node was collected and every point written (with an interval:
 * when a signal stopped it), 1 when not. Throws ConfigError and TargetError (exit 2).
 */
export async function collect({ config, target, influx, spool, quiet, intervalMs }: CollectOptions): Promise<number> {
  const database = loadCollectConfig(config, influx);
  const named = target.map(parseNode).map((node) => [node.address, node] as const);
  const nodes = named.length > 0 ? [...new Map(named).values()] : [thisNode(hostname())];
  const wanted = { nodes, database: influx ? database : null, spool, quiet };
  return intervalMs === null ? once(wanted) : continuously(wanted, intervalMs);
}

interface Wanted {
  nodes: CadvisorNode[];
  database: InfluxTarget | null;
  spool: string | undefined;
  quiet: boolean;
}

async function once(wanted: Wanted): Promise<number> {
  const { sinks, marks, counts, close } = await startSinks(wanted, plainLog);
  const outcomes = await collectOnce({ nodes: wanted.nodes, timeoutMs: ROUND_TIMEOUT_MS, marks, sinks });
  await close();
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) process.stderr.write(`dips-probe: ${failure}\n`);
  const { accepted, rejected, dropped } = counts;
  const lost = rejected + dropped;
  if (lost > 0) {
    const sums = `of ${accepted + lost} points ${accepted} were accepted, ${rejected} rejected, ${dropped} dropped`;
    process.stderr.write(`dips-probe: ${sums}\n`);
  }
  return failures.length + lost > 0 ? 1 : 0;
}

async function continuously(wanted: Wanted, intervalMs: number): Promise<number> {
  const { nodes, database } = wanted;
  const log = createLog();
  const stopped = stopSignal();
  const { sinks, marks, counts, close } = await startSinks(wanted, log);
  const timeoutMs = Math.min(ROUND_TIMEOUT_MS, intervalMs);
  const collector = startCollector({ nodes, intervalMs, timeoutMs, marks, sinks, log });
  log.info({ nodes: nodes.length, intervalMs, url: database?.url }, 'collecting');
  log.info({ signal: await stopped }, 'stopping');
  await collector.close();
  await close();
  log.info({ ...collector.counts, overruns: collector.overruns, ...counts }, 'stopped');
  return 0;
}

/** `counts`: of InfluxDB. */
async function startSinks({ database, spool, quiet }: Wanted, log: StoresLog) {
  const place = spool === undefined ? null : { path: spool, ...DEFAULT_SPOOL_BOUNDS };
  const influx = database && (await startInfluxStore(database, place, log));
  const sinks: Sink[] = quiet ? [] : [startPrintSink()];
  if (influx) sinks.push(influx.sink);
  return {
    sinks,
    marks: influx?.marks ?? [],
    counts: influx?.sink.counts ?? noCounts(),
    close: async () => void (await influx?.close()),
  };
}

/** One shot is run by cron and by people: a sentence on stderr. */
const plainLog: StoresLog = {
  warn: ({ points, detail, url, path }, message) =>
    process.stderr.write(`dips-probe: ${url ?? path}: ${points} ${message}: ${detail}\n`),
};
