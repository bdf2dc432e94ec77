import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sample } from '../rounds.ts';

/** As OpenSSL lists them (`X25519:P-256`, and the suites of TLS 1.3); null = the library's own default. */
export interface TlsChoices {
  groups: string | null;
  suites: string | null;
}

/** One side of TLS; PEM texts. */
export interface PeerCredential extends TlsChoices {
  certPem: string;
  keyPem: string;
  caPem: string;
}

export interface ClientRun extends PeerCredential {
  port: number;
  count: number;
  inFlight: number;
  /** Checked against the service's certificate, and sent as SNI. */
  serverName: string;
  /** Sent in one write, after the handshake. */
  request: Uint8Array;
}

export interface NativeService extends PeerCredential {
  /** Both frames; the same for everybody. */
  answer: Uint8Array;
  portCount: number;
  /** Kept in place, ARRIVAL_FIELDS numbers a target, by the five digits at the end of the service's name. */
  arrivals: Float64Array;
}

/** Of one target: requests, when the last came, shortest and longest time between two (ms; 0 = there were no two). */
export const ARRIVAL_FIELDS = 4;

/** The C peers (tlsPeer.h), on the OpenSSL of the running Node. */
export interface NativePeer {
  opensslVersion: string;
  /** Blocks this thread until all are done. Throws when the service is silent for 10 s. */
  runClient(run: ClientRun): { failed: number; cpuUs: number; wallUs: number };
  /** Listens on free ports of 127.0.0.1; one service a process. */
  startService(service: NativeService): number[];
  /** Blocks this thread for so long, and serves. */
  serveFor(sliceMs: number): void;
}

const DIR = dirname(fileURLToPath(import.meta.url));
const SOURCES = ['tlsPeer.c', 'tlsClient.c', 'tlsService.c', 'addon.c'];
const CACHE = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));
/** N-API and OpenSSL 3 are stable interfaces: headers of another Node 24, or Debian's, fit as well as the running one's. */
const HEADERS = [
  join(dirname(process.execPath), '../include/node'),
  fileURLToPath(new URL('../../node_modules/node-api-headers/include', import.meta.url)),
  fileURLToPath(
    new URL(
      `../../node_modules/node/node_modules/node-${process.platform}-${process.arch}/include/node`,
      import.meta.url,
    ),
  ),
  '/usr/include/node',
];

/** Runs the C client; CPU of this thread. Throws where a conversation failed. */
export function measureClient(run: ClientRun): Sample {
  const { failed, cpuUs, wallUs } = loadNativePeer().runClient(run);
  if (failed > 0) throw new Error(`${failed} conversations of the C client failed`);
  return { cpuUs: cpuUs / run.count, perSecond: (run.count / wallUs) * 1e6 };
}

/** Compiles the peers, once for each state of their source, and loads them. Throws where a compiler or headers are missing. */
export function loadNativePeer(): NativePeer {
  const headers = HEADERS.filter((dir) => existsSync(join(dir, 'node_api.h')));
  if (headers.length === 0) throw new Error('no node_api.h: install the Debian package libnode-dev');
  const recipe = createHash('sha256').update(process.version + headers);
  for (const file of [...SOURCES, 'tlsPeer.h']) recipe.update(readFileSync(join(DIR, file)));
  const addon = join(CACHE, `tlsPeer-${recipe.digest('hex').slice(0, 16)}.node`);
  if (!existsSync(addon)) compile(addon, headers[0] as string);
  const peer: NativePeer = createRequire(import.meta.url)(addon);
  if (!peer.opensslVersion.includes(` ${process.versions.openssl} `)) {
    throw new Error(`the addon runs on ${peer.opensslVersion}, Node on ${process.versions.openssl}`);
  }
  return peer;
}

function compile(addon: string, headers: string): void {
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${addon}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-shared', '-fPIC', '-I', headers];
  execFileSync('gcc', [...flags, '-o', unfinished, ...SOURCES.map((file) => join(DIR, file))], { stdio: 'pipe' });
  renameSync(unfinished, addon);
}
