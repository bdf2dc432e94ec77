import { DatabaseSync } from 'node:sqlite';
import type { HistoryPlace, HistoryQuery } from '../model/historyTask.ts';
import type { HistoryEntry, TargetHistory, Transition } from '../model/targetState.ts';
import { inTransaction } from './transaction.ts';

/** Results and transitions in SQLite. Every call may throw; what a call that threw was to write is not written at all. */
export interface HistoryStore {
  append(entries: readonly HistoryEntry[], transitions: readonly Transition[]): void;
  /** Newest first. `target`: URL. */
  query(target: string, query: HistoryQuery): TargetHistory;
  /** Deletes some of what is too old or too much; tells whether there may be more. `nowMs`: since 1970. */
  prune(nowMs: number): boolean;
  close(): void;
}

/** Another process that writes is waited for so long. */
const BUSY_TIMEOUT_MS = 1_000;
/** A step takes some 10 ms, for which an append or a query waits. */
const ROWS_PER_STEP = 1_000;
const MAX_DETAIL = 500;
const VERSION = 1;

/*
 * A result of `ok` is one without a reason. Ids rise with time, so the oldest are found without an index over times.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS target (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS result (
    id INTEGER PRIMARY KEY,
    target_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    total_ms REAL NOT NULL,
    reason TEXT,
    detail TEXT
  );
  CREATE INDEX IF NOT EXISTS result_by_target ON result (target_id, at_ms);
  CREATE TABLE IF NOT EXISTS transition (
    id INTEGER PRIMARY KEY,
    target_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    detail TEXT
  );
  CREATE INDEX IF NOT EXISTS transition_by_target ON transition (target_id, at_ms);
  DELETE FROM target WHERE NOT EXISTS (SELECT 1 FROM result WHERE target_id = target.id)
    AND NOT EXISTS (SELECT 1 FROM transition WHERE target_id = target.id);
  PRAGMA user_version = ${VERSION};
`;

/** Opens the file, or makes it. Throws when it is no database, damaged, locked or of a newer version. */
export function openHistoryStore({ path, maxAgeMs, maxRows }: HistoryPlace): HistoryStore {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    prepareFile(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const idOf = createTargetIds(database);
  const results = preparePart(database, 'result', ['target_id', 'at_ms', 'total_ms', 'reason', 'detail']);
  const transitions = preparePart(database, 'transition', [
    'target_id',
    'at_ms',
    'from_state',
    'to_state',
    'reason',
    'detail',
  ]);

  return {
    append: (entries, changes) => {
      try {
        inTransaction(database, () => {
          for (const { target, atMs, totalMs, reason, detail } of entries) {
            results.insert.run(idOf.url(target), Math.round(atMs), totalMs, reason, cut(detail));
          }
          for (const { target, atMs, from, to, reason, detail } of changes) {
            transitions.insert.run(idOf.url(target), Math.round(atMs), from, to, reason, cut(detail));
          }
        });
        idOf.endNew(true);
      } catch (error) {
        idOf.endNew(false);
        throw error;
      }
    },
    query: (target, { sinceMs, limit }) => {
      const id = idOf.known(target);
      if (id === null) return { entries: [], transitions: [] };
      return {
        entries: results.newest.all(id, sinceMs, limit).map((row) => toEntry(target, row)),
        transitions: transitions.newest.all(id, sinceMs, limit).map((row) => toTransition(target, row)),
      };
    },
    prune: (nowMs) => {
      const olderThanMs = nowMs - maxAgeMs;
      return [results, transitions].map((part) => part.prune(olderThanMs, maxRows)).includes(true);
    },
    close: () => database.close(),
  };
}

function prepareFile(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version > VERSION) throw new Error(`made by a newer dips-probe (version ${version}, expected ${VERSION})`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216;');
  database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
}

/** What is done with either table: a row in, the newest of a target out, the oldest of all deleted. */
function preparePart(database: DatabaseSync, table: string, columns: readonly string[]) {
  // Two queries: SQLite finds either end by the key, but both at once only by reading the whole table.
  const bounds = database.prepare(
    `SELECT (SELECT min(id) FROM ${table}) AS first, (SELECT max(id) FROM ${table}) AS last`,
  );
  const deleteBefore = database.prepare(`DELETE FROM ${table} WHERE id < ?`);
  const deleteOld = database.prepare(`DELETE FROM ${table} WHERE id < ? AND at_ms < ?`);
  return {
    insert: database.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ),
    newest: database.prepare(
      `SELECT * FROM ${table} WHERE target_id = ? AND at_ms >= ? ORDER BY at_ms DESC, id DESC LIMIT ?`,
    ),
    prune: (olderThanMs: number, maxRows: number): boolean => {
      const { first, last } = bounds.get() as { first: number | null; last: number | null };
      if (first === null || last === null) return false;
      const excess = last - first + 1 - maxRows;
      if (excess > 0) return deleteBefore.run(first + Math.min(excess, ROWS_PER_STEP)).changes === ROWS_PER_STEP;
      return deleteOld.run(first + ROWS_PER_STEP, olderThanMs).changes === ROWS_PER_STEP;
    },
  };
}

/** Ids of URLs: each is looked up once. Those made in a transaction that failed are not there. */
function createTargetIds(database: DatabaseSync) {
  const find = database.prepare('SELECT id FROM target WHERE url = ?');
  const insert = database.prepare('INSERT INTO target (url) VALUES (?)');
  const ids = new Map<string, number>();
  const fresh: string[] = [];
  const known = (url: string): number | null => {
    const id = ids.get(url) ?? (find.get(url)?.id as number | undefined);
    if (id !== undefined) ids.set(url, id);
    return id ?? null;
  };
  return {
    known,
    url: (url: string): number => {
      const id = known(url);
      if (id !== null) return id;
      const made = Number(insert.run(url).lastInsertRowid);
      ids.set(url, made);
      fresh.push(url);
      return made;
    },
    /** The transaction in which they were made is over. */
    endNew: (isKept: boolean) => {
      if (!isKept) for (const url of fresh) ids.delete(url);
      fresh.length = 0;
    },
  };
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_DETAIL);
}

type Row = Record<string, unknown>;

function toEntry(target: string, { at_ms, total_ms, reason, detail }: Row): HistoryEntry {
  return { target, atMs: at_ms, ok: reason === null, reason, detail, totalMs: total_ms } as HistoryEntry;
}

function toTransition(target: string, { at_ms, from_state, to_state, reason, detail }: Row): Transition {
  return { target, from: from_state, to: to_state, atMs: at_ms, reason, detail } as Transition;
}
