import { buildIdentity, type Identity } from '../dips/identity.ts';
import { CredentialError } from '../grid/credentialError.ts';
import type { CredentialFiles, CredentialOptions, DefaultIdentity } from '../grid/credentialFiles.ts';
import { type LoadedCredential, loadCredential } from '../grid/credentials.ts';
import { faultOf, oneLine } from '../grid/revocation.ts';
import type { Credential } from '../model/credential.ts';

export interface PreparedCredential {
  files: CredentialFiles;
  credential: Credential;
  identity: Identity;
}

/**
 * Finds and reads the credential and tries it, so that what is wrong with it is said at the start and not by every ping.
 * Warnings go to `warn`. Throws CredentialError.
 */
export function prepareCredential(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  warn: (warning: string) => void,
): PreparedCredential {
  const { files, ...loaded } = loadCredential(options, fallback);
  return { files, ...tryCredential(loaded, files, warn) };
}

/** Tries what was read of the files, and says what there is to be said of it. Throws CredentialError. */
export function tryCredential(
  { credential, warnings }: LoadedCredential,
  files: CredentialFiles,
  warn: (warning: string) => void,
): { credential: Credential; identity: Identity } {
  for (const warning of warnings) warn(warning);
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
