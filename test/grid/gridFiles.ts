import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder of its own until the end of the test. */
export interface Folder {
  path: string;
  /** Writes a file, with the folders it needs; returns its path. */
  write(name: string, text: string): string;
}

/** Makes the folder. */
export function temporaryFolder(t: TestContext): Folder {
  const path = mkdtempSync(join(tmpdir(), 'dips-probe-'));
  t.after(() => rmSync(path, { recursive: true }));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  };
}

/** What DIRAC looks at of an installation in this folder, and of nothing else on the machine but its fixed places. */
export function installedIn(folder: Folder): Record<string, string> {
  return { DIRAC_ROOT_PATH: join(folder.path, 'dirac'), HOME: join(folder.path, 'home') };
}
