import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../grid/gridFiles.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('spoolOnFullDisk.ts', import.meta.url));
/** A disk of 4 MB that only this process sees: it is gone with it. */
const ON_SMALL_DISK = 'mount -t tmpfs -o size=4m tmpfs "$1" && shift && exec "$@"';

test('on a full disk nothing is half written, and it works again when there is room', async (t) => {
  const folder = temporaryFolder(t).path;
  const onSmallDisk = (...command: string[]) =>
    run('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', ON_SMALL_DISK, 'sh', folder, ...command]);
  try {
    await onSmallDisk('true');
  } catch (error) {
    t.skip(`no disk of its own can be had here: ${(error as Error).message}`);
    return;
  }
  const { stdout } = await onSmallDisk(process.execPath, PROGRAM, folder);
  assert.match(stdout, /^(the spool does not work: database or disk is full\n)+20 failed\n$/);
});
