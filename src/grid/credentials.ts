import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Credential } from '../model/credential.ts';
import { readCaDirectory } from './caDirectory.ts';
import { toChainMember } from './certificateFacts.ts';
import { CredentialError } from './credentialError.ts';
import type { CredentialFiles, CredentialOptions } from './credentialFiles.ts';
import { readCrlDirectory } from './crlDirectory.ts';

/** Group and others may not read a key of theirs; a group's right is often how a container gets it, so only others count. */
const OTHERS_MAY_READ_OR_WRITE = 0o006;

export interface LoadedCredential {
  credential: Credential;
  /** What was passed over, in sentences for a log. */
  warnings: string[];
}

/** Reads certificate, key, CAs and CRLs, whole or not at all. Throws CredentialError. */
export function readCredential(files: CredentialFiles, options: CredentialOptions): LoadedCredential {
  if (!options.allowOpenKey) refuseOpenKey(files.key);
  const pair = readPair(files.cert, files.key);
  const { caDir } = files;
  const cas = caDir === null ? { caPems: [], certificates: [], warnings: [] } : readFile(caDir, readCaDirectory);
  if (caDir !== null && cas.caPems.length === 0) {
    throw new CredentialError(
      `${caDir}: no CA certificate in it; expected files named <hash>.0 as grid sites have them`,
    );
  }
  const crls =
    caDir === null ? { crls: [], warnings: [] } : readFile(caDir, (path) => readCrlDirectory(path, cas.certificates));
  return {
    credential: {
      ...pair,
      caPems: cas.caPems,
      cas: cas.certificates.map(toChainMember),
      crls: crls.crls,
      crlPolicy: options.crl ?? 'warn',
      verify: caDir !== null,
      legacyTls: options.legacyTls ?? false,
      gsiNames: options.gsiNames ?? false,
      extraCredentials: files.saysHosts ? 'hosts' : '',
    },
    warnings: [...cas.warnings, ...crls.warnings],
  };
}

function refuseOpenKey(path: string): void {
  const mode = readFile(path, (file) => statSync(file)).mode & 0o777;
  if ((mode & OTHERS_MAY_READ_OR_WRITE) === 0) return;
  throw new CredentialError(
    `${path}: everybody on this machine can read this key (mode ${mode.toString(8)}); expected 0400 or 0600, or --allow-open-key`,
  );
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
