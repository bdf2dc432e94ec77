import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { readCaDirectory } from '../../src/grid/caDirectory.ts';
import { temporaryFolder } from './gridFiles.ts';

test('a directory as grid sites have it: 110 CAs, each under two hashes, symlinks, a bundle', async (t) => {
  const folder = temporaryFolder(t);
  const cas = await Promise.all(Array.from({ length: 110 }, (_, n) => createThrowAwayCa('p256', `C=XX,CN=CA ${n}`)));
  const pems = cas.map(({ caPem }) => caPem);
  const hash = (n: number, kind: 'new' | 'old') => `${kind === 'new' ? 'a' : 'b'}${n.toString(16).padStart(7, '0')}.0`;
  for (const [n, pem] of pems.slice(0, 108).entries()) {
    folder.write(`CA-${n}.pem`, pem);
    // As the IGTF's packages lay it out: the file under its name, and links under OpenSSL's new and old hash.
    symlinkSync(`CA-${n}.pem`, `${folder.path}/${hash(n, 'new')}`);
    symlinkSync(`CA-${n}.pem`, `${folder.path}/${hash(n, 'old')}`);
    folder.write(`CA-${n}.signing_policy`, 'no certificate');
  }
  folder.write('c0000000.0', `# two in one file\n${pems[108]}\nsome text between\n${pems[109]}`);
  const { caPems, warnings } = readCaDirectory(folder.path);
  assert.deepEqual(warnings, []);
  assert.deepEqual([...caPems].sort(), [...pems].sort());
});
