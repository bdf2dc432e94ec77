import { buildIdentity, type Identity } from '../dips/identity.ts';
import { CredentialError, type CredentialOptions, type DefaultIdentity, loadCredential } from '../grid/credentials.ts';
import type { Credential } from '../model/credential.ts';

/**
 * Finds the credential and tries it, so that what is wrong with it is said at the start and not by every ping.
 * Warnings go to `warn`. Throws CredentialError.
 */
export function prepareCredential(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  warn: (warning: string) => void,
): { credential: Credential; identity: Identity } {
  const { credential, certPath, warnings } = loadCredential(options, fallback);
  for (const warning of warnings) warn(warning);
  try {
    return { credential, identity: buildIdentity(credential) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CredentialError(`${certPath}: OpenSSL does not take it for TLS (${code ?? 'unknown fault'})`);
  }
}

/** A warning on stderr, for commands without a log. */
export function warnOnStderr(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}
