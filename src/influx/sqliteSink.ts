import { DatabaseSync } from 'node:sqlite';
import { errorText } from '../model/errorText.ts';
import { noCounts, type Sink, type SinkLog } from './sink.ts';

export interface SqliteSinkOptions {
  /** Of the database file, or `:memory:`. */
  path: string;
  /** When there would be more, the oldest are deleted. */
  maxRows: number;
  /** Told why points are dropped. */
  log?: SinkLog;
}

export interface SqliteSink extends Sink {
  /** The lines of a measurement that were written last, the last one first. */
  newestLines(measurement: string, limit: number): string[];
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS line (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS line_by_measurement ON line (measurement, id);
`;

/** The database cannot be opened; `message` says why. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/**
 * The embedded store, in place of InfluxDB where there is none: a table of lines with their measurement and time.
 * For small amounts: it writes on the caller's thread. Throws StoreError.
 */
export function startSqliteSink({ path, maxRows, log }: SqliteSinkOptions): SqliteSink {
  const database = open(path);
  const insert = database.prepare('INSERT INTO line (measurement, time_ns, text) VALUES (?, ?, ?)');
  const prune = database.prepare('DELETE FROM line WHERE id <= (SELECT max(id) FROM line) - ?');
  const newest = database.prepare('SELECT text FROM line WHERE measurement = ? ORDER BY id DESC LIMIT ?');
  const counts = noCounts();

  function insertLines(text: string): void {
    database.exec('BEGIN');
    try {
      for (const line of text.split('\n')) {
        if (line !== '') insert.run(measurementOf(line), BigInt(line.slice(line.lastIndexOf(' ') + 1)), line);
      }
      prune.run(maxRows);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    counts,
    write: (lines, points) => {
      try {
        insertLines(Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString());
        counts.accepted += points;
      } catch (error) {
        counts.dropped += points;
        log?.warn({ path, points, detail: errorText(error), ...counts }, 'points dropped');
      }
    },
    newestLines: (measurement, limit) => newest.all(measurement, limit).map(({ text }) => String(text)),
    close: async () => database.close(),
  };
}

/** Ours are plain names, so the first comma or space ends it. */
function measurementOf(line: string): string {
  return line.slice(0, line.search(/[, ]/));
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    throw new StoreError(`${path} cannot be opened (${(error as Error).message})`);
  }
}
