import { buildIdentity, type Identity } from '../dips/identity.ts';
import { CredentialError } from '../grid/credentialError.ts';
import {
  type CredentialFiles,
  type CredentialOptions,
  type DefaultIdentity,
  findCredentialFiles,
} from '../grid/credentialFiles.ts';
import { type LoadedCredential, readCredential } from '../grid/credentials.ts';
import { faultOf, oneLine } from '../grid/revocation.ts';
import type { Credential } from '../model/credential.ts';

export interface PreparedCredential {
  options: CredentialOptions;
  files: CredentialFiles;
  /** Of the files, before they were read. */
  fingerprint: string;
  credential: Credential;
  identity: Identity;
}

/**
 * Finds and reads the credential and tries it, so that what is wrong with it is said at the start and not by every ping.
 * Warnings go to `warn`. Throws CredentialError.
 */
export async function prepareCredential(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  warn: (warning: string) => void,
): Promise<PreparedCredential> {
  const files = findFiles(options, fallback, warn);
  // Loaded here, for self-ping has no use of it.
  const { takeFingerprint } = await import('../grid/credentialWatch.ts');
  const fingerprint = await takeFingerprint(files);
  return { options, files, fingerprint, ...tryCredential(readCredential(files, options), files, warn) };
}

/** The same for one ping, during which nobody watches the files. Throws CredentialError. */
export function prepareIdentity(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  warn: (warning: string) => void,
): Identity {
  const files = findFiles(options, fallback, warn);
  return tryCredential(readCredential(files, options), files, warn).identity;
}

function findFiles(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  warn: (warning: string) => void,
): CredentialFiles {
  const files = findCredentialFiles(options, fallback, process.env);
  for (const warning of files.warnings) warn(warning);
  return files;
}

/** Tries what was read of the files, and says what there is to be said of it. Throws CredentialError. */
export function tryCredential(
  { credential, warnings }: LoadedCredential,
  files: CredentialFiles,
  warn: (warning: string) => void,
): { credential: Credential; identity: Identity } {
  for (const warning of warnings) warn(warning);
  if (credential.legacyTls) warn('TLS 1.0, weak ciphers and SHA-1 are allowed with every service (--legacy-tls)');
  if (!credential.verify) warn("no service's certificate is checked (--no-verify)");
  if (credential.crlPolicy === 'warn') {
    for (const crl of credential.crls) {
      const fault = faultOf(crl, Date.now());
      if (fault) warn(`the CRL of ${oneLine(crl.caSubject)}: ${fault}`);
    }
  }
  try {
    return { credential, identity: buildIdentity(credential) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CredentialError(`${files.cert}: OpenSSL does not take it for TLS (${code ?? 'unknown fault'})`);
  }
}

/** A warning on stderr, for commands without a log. */
export function warnOnStderr(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}
