import { hostname } from 'node:os';
import { type CadvisorNode, parseNode, thisNode } from '../cadvisor/node.ts';
import { loadCollectConfig } from '../config/collectConfig.ts';
import { collectOnce, startCollector } from '../engine/collector.ts';
import { startParsePool } from '../engine/pools.ts';
import { startInfluxSink } from '../influx/influxSink.ts';
import { noCounts, type Sink, type SinkLog } from '../influx/sink.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import { createLog } from './log.ts';
import { startPrintSink } from './printSink.ts';
import { stopSignal } from './stopSignal.ts';

export interface CollectOptions {
  /** Path of the JSON file that says where InfluxDB is. */
  config: string;
  /** `HOST` or `HOST:PORT`; none: this host. */
  target: string[];
  /** Send to InfluxDB. */
  influx: boolean;
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
export async function collect({ config, target, influx, quiet, intervalMs }: CollectOptions): Promise<number> {
  const database = loadCollectConfig(config, influx);
  const named = target.map(parseNode).map((node) => [node.address, node] as const);
  const nodes = named.length > 0 ? [...new Map(named).values()] : [thisNode(hostname())];
  const wanted = { nodes, database: influx ? database : null, quiet };
  return intervalMs === null ? once(wanted) : continuously(wanted, intervalMs);
}

interface Wanted {
  nodes: CadvisorNode[];
  database: InfluxTarget | null;
  quiet: boolean;
}

async function once({ nodes, database, quiet }: Wanted): Promise<number> {
  const { sinks, influx } = startSinks(database, quiet, plainLog);
  const parsePool = startParsePool();
  const outcomes = await collectOnce({ nodes, timeoutMs: ROUND_TIMEOUT_MS, parsePool, sinks });
  await Promise.all([parsePool.close(), ...sinks.map((sink) => sink.close())]);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) process.stderr.write(`dips-probe: ${failure}\n`);
  const { accepted, rejected, dropped } = influx?.counts ?? noCounts();
  const lost = rejected + dropped;
  if (lost > 0) {
    const sums = `of ${accepted + lost} points ${accepted} were accepted, ${rejected} rejected, ${dropped} dropped`;
    process.stderr.write(`dips-probe: ${sums}\n`);
  }
  return failures.length + lost > 0 ? 1 : 0;
}

async function continuously({ nodes, database, quiet }: Wanted, intervalMs: number): Promise<number> {
  const log = createLog();
  const stopped = stopSignal();
  const { sinks, influx } = startSinks(database, quiet, log);
  const parsePool = startParsePool();
  const timeoutMs = Math.min(ROUND_TIMEOUT_MS, intervalMs);
  const collector = startCollector({ nodes, intervalMs, timeoutMs, parsePool, sinks, log });
  log.info({ nodes: nodes.length, intervalMs, url: database?.url }, 'collecting');
  log.info({ signal: await stopped }, 'stopping');
  await collector.close();
  await Promise.all([parsePool.close(), ...sinks.map((sink) => sink.close())]);
  log.info({ ...collector.counts, overruns: collector.overruns, ...influx?.counts }, 'stopped');
  return 0;
}

function startSinks(database: InfluxTarget | null, quiet: boolean, log: SinkLog) {
  const influx = database && startInfluxSink({ target: database, log });
  const sinks: Sink[] = quiet ? [] : [startPrintSink()];
  if (influx) sinks.push(influx);
  return { sinks, influx };
}

/** One shot is run by cron and by people: a sentence on stderr. */
const plainLog: SinkLog = {
  warn: ({ points, detail, url }, message) =>
    process.stderr.write(`dips-probe: ${url}: ${points} ${message}: ${detail}\n`),
};
