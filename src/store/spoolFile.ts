import { DatabaseSync } from 'node:sqlite';
import { errorText } from '../model/errorText.ts';
import { PAGE_BYTES } from './spoolPolicy.ts';
import { inTransaction } from './transaction.ts';

/** The file holds what nobody can have written there; `message` says what. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

const VERSION = 1;
/** Another process that lets go of the file just now is waited for so long. */
const BUSY_TIMEOUT_MS = 1_000;
/** SQLite checkpoints the WAL at 1,000 pages, 16 MB, and then begins it anew; a bigger one, as a big block leaves it, is cut to this. */
const WAL_LIMIT_BYTES = 33_554_432;

/*
 * Primary result codes, https://www.sqlite.org/rescode.html; the extended ones have them in their lowest byte.
 */
const SQLITE_BUSY = 5;
const SQLITE_NOMEM = 7;
const SQLITE_CORRUPT = 11;
const SQLITE_CANTOPEN = 14;
const SQLITE_TOOBIG = 18;
const SQLITE_NOTADB = 26;
/**
 * A length that is junk is beyond SQLite's limits or asks for too much memory; blocks are smaller, and where memory is truly short,
 * Linux ends the process and refuses nothing.
 */
const DAMAGE = [SQLITE_NOMEM, SQLITE_CORRUPT, SQLITE_TOOBIG, SQLITE_NOTADB];

/*
 * What is small stands before what is long, so that it is read without it. Ids are never used twice (AUTOINCREMENT) and have no gaps,
 * as blocks go only from the front: a block that is missing is damage. SQLite has no checksums of its own but in the WAL: `crc` is
 * of all else in the row but the lines, which have one of their own, so that a row is believed without reading them. `packed`: the
 * lines, compressed (zstd); `bytes`: before that. `containers`: JSON, [name, ns as a string] each.
 */
const TABLES = `
  CREATE TABLE block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    points INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    packed_crc INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    packed BLOB NOT NULL
  );
  CREATE TABLE cursor (
    node TEXT NOT NULL,
    source TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    containers TEXT NOT NULL,
    PRIMARY KEY (node, source)
  );
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens the file, or makes it, and keeps every other process out of it until it is closed or the process is gone, however it ends.
 * Throws what `isDamage` knows, or an error with a message for people.
 */
export function openSpoolFile(path: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    // Exclusive first: the WAL's index is then in memory, and there is no -shm file.
    database.exec(`
      PRAGMA page_size = ${PAGE_BYTES};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
      PRAGMA temp_store = MEMORY;
    `);
    makeTables(database);
    return database;
  } catch (error) {
    database?.close();
    throw explained(error);
  }
}

function makeTables(database: DatabaseSync): void {
  inTransaction(database, () => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    if (tables.length === 0) database.exec(TABLES);
    else if (!tables.some(({ name }) => name === 'block')) {
      throw new Error('it is a database of something else: give the spool a file of its own');
    }
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version !== VERSION) {
      throw new Error(
        `its layout is version ${version} and this dips-probe knows version ${VERSION}: use the dips-probe that made it, or move the file away`,
      );
    }
  });
}

/** Whether a file on which this was thrown is of no use any more. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedFile || DAMAGE.includes(sqliteCode(error))) return true;
  // Our statements fit the layout whose version stands in the file; and no number of ours is beyond 2^53.
  return /^no such (table|column)/.test(errorText(error)) || (error as { code?: string }).code === 'ERR_OUT_OF_RANGE';
}

/** What SQLite says too briefly, said with what to do about it. */
function explained(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === SQLITE_BUSY) {
    return new Error('another process uses it: stop that one, or give each process a file of its own');
  }
  if (code === SQLITE_CANTOPEN) return new Error('it cannot be opened: does its folder exist, and may we write there?');
  return error;
}

function sqliteCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}
