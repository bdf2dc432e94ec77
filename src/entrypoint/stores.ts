import type { Logger } from 'pino';
import { ConfigError } from '../config/faults.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { HistoryError, type HistoryPool, startHistoryPool } from '../engine/historyPool.ts';
import { SpoolError, type SpoolLog, startSpoolPool } from '../engine/spoolPool.ts';
import { type InfluxFacts, startInfluxSink } from '../influx/influxSink.ts';
import type { Sink, SinkLog } from '../influx/sink.ts';
import { StoreError, startSqliteSink } from '../influx/sqliteSink.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import type { CursorMark } from '../model/lineBlock.ts';

/** Where results and points go. */
export interface Stores {
  /** Each under its name in the configuration. */
  sinks: Readonly<Record<string, Sink>>;
  /** How far an earlier process read the nodes; empty without a spool. */
  marks: readonly CursorMark[];
  /** How it stands with InfluxDB; null: there is none. */
  influx: Readonly<InfluxFacts> | null;
  /** Keeps every result and transition; null: only the newest are known. */
  history: HistoryPool | null;
  /** Writes what is kept as far as the deadlines allow, and lets go of all files. */
  close(): Promise<void>;
}

/** A pino logger is one. */
export type StoresLog = SinkLog & SpoolLog;

/** What InfluxDB is given, with the spool behind it where there is one. */
export interface InfluxStore {
  sink: ReturnType<typeof startInfluxSink>;
  marks: readonly CursorMark[];
  close(): Promise<void>;
}

/** Rejects with SpoolError where the spool's file can neither be used nor put aside. */
export async function startInfluxStore(
  target: InfluxTarget,
  place: RunConfig['spool'],
  log: StoresLog,
): Promise<InfluxStore> {
  const spool = place && (await startSpoolPool({ ...place, log }));
  const marks = (await spool?.loadMarks()) ?? [];
  const sink = startInfluxSink({ target, spool, log });
  const close = async () => {
    await sink.close();
    await spool?.close();
  };
  return { sink, marks, close };
}

/** Opens what the configuration names. Rejects with ConfigError, and nothing left open, where a file cannot be used. */
export async function startStores(
  file: string,
  { influx, spool, store, history }: Pick<RunConfig, 'influx' | 'spool' | 'store' | 'history'>,
  log: Logger,
): Promise<Stores> {
  const closes: (() => Promise<unknown>)[] = [];
  const close = async () => void (await Promise.all(closes.map((each) => each())));
  /** `open` with its fault put down to the key of the configuration. */
  async function opened<T extends { close(): Promise<void> }>(key: string, open: () => T | Promise<T>): Promise<T> {
    try {
      const store = await open();
      closes.push(() => store.close());
      return store;
    } catch (error) {
      await close();
      if (!(error instanceof StoreError || error instanceof HistoryError || error instanceof SpoolError)) throw error;
      throw new ConfigError(file, [`${key}.path: ${error.message}`]);
    }
  }

  const sinks: Record<string, Sink> = {};
  if (store) sinks.store = await opened('store', () => startSqliteSink({ ...store, log }));
  const influxStore = influx && (await opened('spool', () => startInfluxStore(influx, spool, log)));
  if (influxStore) sinks.influx = influxStore.sink;
  return {
    sinks,
    marks: influxStore?.marks ?? [],
    influx: influxStore?.sink.facts ?? null,
    history: history && (await opened('history', () => startHistoryPool({ ...history, log }))),
    close,
  };
}
