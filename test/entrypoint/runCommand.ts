import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { KeyPair } from '../../src/demo/pki.ts';
import { type Folder, installedIn, temporaryFolder } from '../grid/gridFiles.ts';
import type { Pki } from '../peers.ts';

const MAIN = fileURLToPath(new URL('../../src/entrypoint/main.ts', import.meta.url));

/** What a command left behind. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A machine with DIRAC as far as a command sees it: host certificate, CA directory, and nothing of the real machine's. */
export interface Installation {
  folder: Folder;
  env: Record<string, string>;
}

/** Makes the installation in a temporary folder. */
export function installDirac(t: TestContext, { ca, host }: Pki): Installation {
  const folder = temporaryFolder(t);
  folder.write('dirac/etc/grid-security/hostcert.pem', host.certPem);
  folder.write('dirac/etc/grid-security/hostkey.pem', host.keyPem);
  folder.write('dirac/etc/grid-security/certificates/0a1b2c3d.0', ca.caPem);
  return { folder, env: { ...installedIn(folder), X509_USER_PROXY: join(folder.path, 'no-proxy') } };
}

/** Starts `dips-probe` as it is started from a checkout; it is gone at the end of the test. */
export function startCommand(
  t: TestContext,
  args: string[],
  env: Record<string, string>,
  nodeOptions: string[] = [],
): ChildProcess {
  const path = process.env.PATH ?? '';
  const child = spawn(process.execPath, [...nodeOptions, MAIN, ...args], { env: { PATH: path, ...env } });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Runs `dips-probe` to its end. */
export async function runCommand(...start: Parameters<typeof startCommand>): Promise<Ended> {
  const child = startCommand(...start);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

/** No line of a private key may be in what a command prints. */
export function assertNoKey(output: string, ...pairs: KeyPair[]): void {
  for (const { keyPem } of pairs) {
    const lines = keyPem.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'));
    assert.ok(lines.length > 1);
    for (const line of lines) assert.ok(!output.includes(line), 'a line of the private key was printed');
  }
}
