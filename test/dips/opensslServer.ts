import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Pki } from '../peers.ts';

/**
 * `openssl s_server` until the end of the test: it demands a client certificate and says by an alert what is wrong with it, as
 * DIRAC's services do and Node's own server does not. Null where there is no openssl command.
 */
export async function opensslServer(t: TestContext, { ca, host }: Pki, version: string): Promise<number | null> {
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const write = (name: string, pem: string) => {
    writeFileSync(join(dir, name), pem);
    return join(dir, name);
  };
  const files = ['-cert', write('cert.pem', host.certPem), '-key', write('key.pem', host.keyPem)];
  const checks = ['-CAfile', write('ca.pem', ca.caPem), '-Verify', '1', '-verify_return_error'];
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', `-${version}`, ...files, ...checks]);
  const gone = once(server, 'close').catch(() => null);
  t.after(async () => {
    server.kill();
    await gone;
  });
  let said = '';
  const port = new Promise<number>((resolve) => {
    server.stdout.on('data', (chunk) => {
      said += chunk;
      const match = /ACCEPT .*:(\d+)/.exec(said);
      if (match) resolve(Number(match[1]));
    });
  });
  return Promise.race([port, gone.then(() => null)]);
}
