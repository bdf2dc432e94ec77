import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asideToDelete } from './spoolPolicy.ts';

/** SQLite finds the log of a file by its name: they move together. */
const PARTS = ['', '-wal', '-shm'];
/** After the name of the file: `.corrupt-20261124T141231.123Z`. */
const ASIDE = /^\.corrupt-\d{8}T\d{6}\.\d{3}Z$/;

/**
 * Renames a damaged file and its log to `<path>.corrupt-<time>`, UTC; returns the new name. Of those that were put aside before, some
 * are deleted (spoolPolicy's asideToDelete, with `maxBytes`). Throws where it cannot be renamed.
 */
export function setAside(path: string, maxBytes: number, nowMs: number): string {
  const aside = freeName(path, nowMs);
  for (const part of PARTS) {
    if (existsSync(path + part)) renameSync(path + part, aside + part);
  }
  const folder = dirname(path);
  const newestFirst = readdirSync(folder)
    .filter((name) => name.startsWith(basename(path)) && ASIDE.test(name.slice(basename(path).length)))
    .sort()
    .reverse()
    .map((name) => ({ path: join(folder, name), bytes: sizeOf(join(folder, name)) }));
  for (const old of asideToDelete(newestFirst, maxBytes)) {
    for (const part of PARTS) rmSync(old.path + part, { force: true });
  }
  return aside;
}

/** Two in one millisecond get names of two. */
function freeName(path: string, nowMs: number): string {
  const aside = `${path}.corrupt-${new Date(nowMs).toISOString().replace(/[-:]/g, '')}`;
  return existsSync(aside) ? freeName(path, nowMs + 1) : aside;
}

function sizeOf(path: string): number {
  return PARTS.reduce((sum, part) => sum + (statSync(path + part, { throwIfNoEntry: false })?.size ?? 0), 0);
}
