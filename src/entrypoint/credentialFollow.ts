import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { readCredential } from '../grid/credentials.ts';
import { startCredentialWatch } from '../grid/credentialWatch.ts';
import { faultOf } from '../grid/revocation.ts';
import type { CredentialFacts } from '../http/metrics.ts';
import type { Credential } from '../model/credential.ts';
import { type PreparedCredential, tryCredential } from './identity.ts';

/** How soon a file that was replaced is in use, at the latest. */
const POLL_MS = 5_000;

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export interface CredentialFollow {
  facts(): CredentialFacts;
  close(): void;
}

/** Follows the files of a credential for as long as a command runs; each good generation of it is handed to `renew`. */
export function followCredential(
  { options, files, fingerprint, credential }: PreparedCredential,
  renew: (credential: Credential) => void,
  log: Logger,
  pollMs = POLL_MS,
): CredentialFollow {
  let inUse = credential;
  let generation = 1;
  let faults = 0;
  const watch = startCredentialWatch({
    files,
    fingerprint,
    pollMs,
    renew: () => {
      const read = readCredential(files, options);
      inUse = tryCredential(read, files, (warning) => log.warn(warning)).credential;
      generation++;
      renew(inUse);
      log.info({ cert: files.cert, notAfter: new Date(notAfterMs(inUse)).toISOString() }, 'credential renewed');
    },
    onFault: (fault) => {
      faults++;
      log.error({ fault }, 'the files of the credential are not fit, the old ones stay in use');
    },
  });
  return {
    facts: () => ({
      generation,
      faults,
      notAfterMs: notAfterMs(inUse),
      badCrls: inUse.crls.filter((crl) => faultOf(crl, Date.now()) !== null).length,
    }),
    close: () => watch.close(),
  };
}

/** A proxy ends before the certificate that issued it. */
function notAfterMs({ certPem }: Credential): number {
  const pems = certPem.match(CERTIFICATES) ?? [];
  return Math.min(...pems.map((pem) => new X509Certificate(pem).validToDate.getTime()));
}
