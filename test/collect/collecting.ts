import { createServer as createTcpServer } from 'node:net';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { parseNode } from '../../src/cadvisor/node.ts';
import { type CollectorOptions, startCollector } from '../../src/engine/collector.ts';
import { type SqliteSink, startSqliteSink } from '../../src/influx/sqliteSink.ts';
import { readLine } from '../influx/referenceParser.ts';
import { listen } from './servers.ts';

/** A real store, closed after the test; what is logged, line by line. */
export function startParts(t: TestContext) {
  const sink = startSqliteSink({ path: ':memory:', maxRows: 10_000 });
  t.after(() => sink.close());
  const logged: { msg: string; node: string; detail?: string }[] = [];
  const log = pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line)) });
  return { sink, log, logged };
}

/** A collector of these nodes with a real store, closed after the test. */
export function startCollecting(t: TestContext, addresses: readonly string[], options: Partial<CollectorOptions> = {}) {
  const { sink, log, logged } = startParts(t);
  const nodes = addresses.map(parseNode);
  const collector = startCollector({
    nodes,
    intervalMs: 20,
    timeoutMs: 60_000,
    sinks: [sink],
    log,
    ...options,
  });
  t.after(() => collector.close());
  return { collector, sink, logged };
}

/** A node that takes connections and never says a word. */
export async function startSilentNode(t: TestContext) {
  const node = { address: '', open: 0 };
  const server = createTcpServer((socket) => {
    node.open++;
    socket.resume().on('close', () => node.open--);
  });
  node.address = await listen(t, server);
  return node;
}

/** Totals of the cpu lines of the machine (or of the containers), in the order they were written. */
export function totalsOf(sink: SqliteSink, isMachine: boolean): number[] {
  const points = sink.newestLines('cpu', 10_000).map(readLine).reverse();
  return points
    .filter(({ tags }) => 'docker_id' in tags !== isMachine)
    .map(({ fields }) => Number((fields.total as { integer: bigint }).integer));
}
