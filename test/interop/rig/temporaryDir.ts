import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dirs: string[] = [];

process.once('exit', () => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A new directory below the system's own for such, removed when this process exits. */
export function temporaryDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `dips-probe-${name}-`));
  dirs.push(dir);
  return dir;
}
