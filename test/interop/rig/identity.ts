import { buildIdentity, type Identity } from '../../../src/dips/identity.ts';
import { type CredentialOptions, findCredentialFiles } from '../../../src/grid/credentialFiles.ts';
import { readCredential } from '../../../src/grid/credentials.ts';

/** An identity from files, read as the commands read them, with nothing of this machine's own. */
export function readIdentity(options: CredentialOptions): Identity {
  const nowhere = { DIRAC_ROOT_PATH: '/nonexistent', HOME: '/nonexistent' };
  return buildIdentity(readCredential(findCredentialFiles(options, 'dirac', nowhere), options).credential);
}
