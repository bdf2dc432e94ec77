import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { CursorMark } from '../model/lineBlock.ts';
import type { CadvisorSource } from '../model/parseTask.ts';
import { DamagedFile } from './spoolFile.ts';

interface CursorRow {
  node: string;
  source: CadvisorSource;
  crc: number;
  containers: string;
}

/**
 * How far each source of each node was read, in an open spool file: one row for all its containers, which change together. Every call
 * may throw; those that write want a transaction around them.
 */
export function openCursorTable(database: DatabaseSync) {
  const replace = database.prepare(
    `INSERT INTO cursor (node, source, at_ms, crc, containers) VALUES (?, ?, ?, ?, ?) ON CONFLICT (node, source)
      DO UPDATE SET at_ms = excluded.at_ms, crc = excluded.crc, containers = excluded.containers`,
  );
  const load = database.prepare('SELECT node, source, crc, containers FROM cursor ORDER BY node, source');
  const prune = database.prepare('DELETE FROM cursor WHERE at_ms < ?');

  return {
    /** Each in place of the one before it. `nowMs`: since 1970. */
    save: (marks: readonly CursorMark[], nowMs: number): void => {
      for (const { node, source, cursor } of marks) {
        const containers = JSON.stringify(Array.from(cursor, ([name, ns]) => [name, String(ns)]));
        replace.run(node, source, nowMs, checksum(node, source, containers), containers);
      }
    },
    /** Throws DamagedFile where one is not as it was written. */
    load: (): CursorMark[] => (load.all() as unknown as CursorRow[]).map(toMark),
    /** Forgets the nodes that were not marked since. */
    prune: (olderThanMs: number): void => {
      prune.run(olderThanMs);
    },
  };
}

function toMark({ node, source, crc, containers }: CursorRow): CursorMark {
  if (crc !== checksum(node, source, containers)) {
    throw new DamagedFile(`the cursor of ${JSON.stringify(node)} is not as it was written`);
  }
  const entries = JSON.parse(containers) as [name: string, ns: string][];
  return { node, source, cursor: new Map(entries.map(([name, ns]) => [name, BigInt(ns)])) };
}

function checksum(node: string, source: string, containers: string): number {
  return crc32(`${node} ${source} ${containers}`);
}
