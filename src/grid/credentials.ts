import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Credential } from '../model/credential.ts';
import { readCaDirectory } from './caDirectory.ts';
import {
  type Found,
  findCaDirectory,
  findHostCertificate,
  findProxy,
  readLocalCfg,
  usesServerCertificate,
} from './locations.ts';

/** No usable credential: `message` says which file, what is wrong with it, or everywhere it was looked for. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

/** What flags or configuration say; each unset one is found as DIRAC finds it. */
export interface CredentialOptions {
  cert?: string | undefined;
  key?: string | undefined;
  /** One file with a proxy, its key and its chain. */
  proxy?: string | undefined;
  caDir?: string | undefined;
  /** False: whoever answers is believed. */
  verify?: boolean | undefined;
  extraCredentials?: 'hosts' | 'none' | undefined;
}

/** `host`: the host certificate, as pinger and self-ping always did. `dirac`: what DIRAC's own client would show here. */
export type DefaultIdentity = 'host' | 'dirac';

export interface LoadedCredential {
  credential: Credential;
  /** The file of our certificate. */
  certPath: string;
  /** What was passed over, in sentences for a log. */
  warnings: string[];
}

/** Finds and reads certificate, key and CAs. Throws CredentialError. */
export function loadCredential(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  env: Readonly<Record<string, string | undefined>> = process.env,
): LoadedCredential {
  const { cfg, warnings: cfgWarnings } = readLocalCfg(env);
  const isProxy = options.proxy !== undefined;
  const isHost = !isProxy && (options.cert !== undefined || fallback === 'host' || usesServerCertificate(cfg));
  const files = findFiles();
  const verify = options.verify ?? true;
  const { caPems, warnings: caWarnings } = verify ? readCas() : { caPems: [], warnings: [] };
  const extra = options.extraCredentials ?? (isHost ? 'hosts' : 'none');
  const pair = readPair(files.cert, files.key);
  return {
    credential: { ...pair, caPems, verify, extraCredentials: extra === 'hosts' ? 'hosts' : '' },
    certPath: files.cert,
    warnings: [...cfgWarnings, ...caWarnings],
  };

  function findFiles(): { cert: string; key: string } {
    if (options.proxy !== undefined) return { cert: options.proxy, key: options.proxy };
    if (options.cert !== undefined) return { cert: options.cert, key: options.key ?? options.cert };
    if (options.key !== undefined) throw new CredentialError('--key without --cert: expected both, or neither');
    if (isHost) return expectFound('host certificate with its key', findHostCertificate(env, cfg), '--cert and --key');
    const proxy = expectFound('proxy', findProxy(env), '--proxy, or --cert and --key');
    return { cert: proxy, key: proxy };
  }

  function readCas() {
    const path = options.caDir ?? expectFound('CA directory', findCaDirectory(env, cfg), '--ca-dir, or --no-verify');
    const directory = readFile(path, readCaDirectory);
    if (directory.caPems.length > 0) return directory;
    throw new CredentialError(
      `${path}: no CA certificate in it; expected files named <hash>.0 as grid sites have them`,
    );
  }
}

function expectFound<T>(what: string, where: Found<T>, flag: string): T {
  if ('found' in where) return where.found;
  throw new CredentialError(`no ${what} found: looked for ${where.lookedIn.join(', ')}; give ${flag}`);
}

function readPair(certPath: string, keyPath: string): { certPem: string; keyPem: string } {
  const certPem = readFile(certPath, (path) => readFileSync(path, 'latin1'));
  const keyPem = keyPath === certPath ? certPem : readFile(keyPath, (path) => readFileSync(path, 'latin1'));
  const certificate = parse(certPath, 'a PEM certificate', () => new X509Certificate(certPem));
  const key = parse(keyPath, 'a PEM private key without a passphrase', () => createPrivateKey(keyPem));
  if (!certificate.checkPrivateKey(key)) {
    throw new CredentialError(
      `${keyPath}: is not the key of ${certPath}; expected the private key of that certificate`,
    );
  }
  return { certPem, keyPem };
}

function readFile<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CredentialError(`${path}: cannot be read (${code ?? message})`);
  }
}

/** OpenSSL's own message is left out: it tells nothing a person can act on, and could quote what it read. */
function parse<T>(path: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new CredentialError(`${path}: expected ${expected}`);
  }
}
