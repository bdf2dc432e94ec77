import { readCaDirectory } from '../grid/caDirectory.ts';
import { CredentialError } from '../grid/credentialError.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { readCrlDirectory } from '../grid/crlDirectory.ts';
import { findCaDirectory, readLocalCfg } from '../grid/locations.ts';
import type { Trust } from '../https/diracxIdentity.ts';
import { errorText } from '../model/errorText.ts';

/** For targets without TLS. */
export const TRUST_NOBODY: Trust = {
  caPems: [],
  cas: [],
  crls: [],
  crlPolicy: 'warn',
  verify: true,
  gsiNames: false,
};

/**
 * Whom to believe where nothing of ours is shown: DiracX is pinged also from where there is no certificate, and no CA directory.
 * Warnings go to `warn`. Throws CredentialError.
 */
export function readTrust(options: CredentialOptions, warn: (warning: string) => void): Trust {
  const { verify = true, crl: crlPolicy = 'warn', gsiNames = false } = options;
  const caDir = verify ? findCaDir(options) : null;
  // A web server sends the intermediates that its certificate needs.
  if (caDir === null) return { ...TRUST_NOBODY, crlPolicy, verify, gsiNames };
  try {
    const cas = readCaDirectory(caDir);
    const crls = readCrlDirectory(caDir, cas.certificates);
    for (const warning of [...cas.warnings, ...crls.warnings]) warn(warning);
    return { ...TRUST_NOBODY, caPems: cas.caPems, crls: crls.crls, crlPolicy, verify, gsiNames };
  } catch (error) {
    throw new CredentialError(`${caDir}: cannot be read (${errorText(error)})`);
  }
}

function findCaDir({ caDir }: CredentialOptions): string | null {
  if (caDir !== undefined) return caDir;
  const where = findCaDirectory(process.env, readLocalCfg(process.env).cfg);
  return 'found' in where ? where.found : null;
}
