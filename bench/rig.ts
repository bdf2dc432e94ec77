import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createThrowAwayCa, type KeyPair, throwAwayCredential } from '../src/demo/pki.ts';
import type { Credential } from '../src/model/credential.ts';
import type { ProbeResult } from '../src/model/result.ts';
import type { Target } from '../src/model/target.ts';
import type { TlsChoices } from './peers/nativePeer.ts';

/** The name in the services' certificates; they are connected to by address, so that no resolver is measured. */
export const SERVER_NAME = 'localhost';
export const TIMEOUT_MS = 10_000;
/** As many as a ping worker has. */
export const IN_FLIGHT = 64;

/** What dips/identity.ts offers first; of OpenSSL 3.5's own, X25519MLKEM768 costs a tenth more, and SHA-384 a fortieth. */
export const OUR_CHOICES: TlsChoices = { groups: 'X25519:P-256:P-384:P-521', suites: 'TLS_AES_128_GCM_SHA256' };
export const OPENSSL_CHOICES: TlsChoices = { groups: null, suites: null };

/** A throw-away PKI, in memory and in files. */
export interface BenchPki {
  host: KeyPair;
  own: KeyPair;
  caPem: string;
  credential: Credential;
  /** Of our own, as `--cert`, `--key` and `--ca-dir` take them. */
  files: { cert: string; key: string; caDir: string; caFile: string };
  close(): void;
}

export async function createBenchPki(kind: 'rsa2048' | 'p256'): Promise<BenchPki> {
  const ca = await createThrowAwayCa(kind);
  const [host, own] = await Promise.all([ca.issue(), ca.issue()]);
  const dir = mkdtempSync(join(tmpdir(), 'dips-probe-bench-'));
  const caDir = join(dir, 'certificates');
  mkdirSync(caDir);
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem'), caDir, caFile: join(caDir, '00000000.0') };
  writeFileSync(files.cert, own.certPem);
  writeFileSync(files.key, own.keyPem, { mode: 0o600 });
  writeFileSync(files.caFile, ca.caPem);
  return {
    host,
    own,
    caPem: ca.caPem,
    credential: throwAwayCredential(own, ca),
    files,
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** `Bench/Target00042`: the services in C count by the digits. */
export function benchTarget(port: number, index: number): Target {
  return { scheme: 'dips', host: '127.0.0.1', port, service: `Bench/Target${`${index}`.padStart(5, '0')}` };
}

/** A bench of failing pings would measure something else. */
export function mustBeOk({ ok, target, reason, detail }: ProbeResult): void {
  if (!ok) throw new Error(`${target}: ${reason}: ${detail}`);
}
