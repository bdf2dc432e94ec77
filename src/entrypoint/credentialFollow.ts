import type { Logger } from 'pino';
import { readCredential } from '../grid/credentials.ts';
import { startCredentialWatch } from '../grid/credentialWatch.ts';
import { earliestExpiry, expiryWarning } from '../grid/expiry.ts';
import { faultOf } from '../grid/revocation.ts';
import type { CredentialFacts } from '../http/metricsFacts.ts';
import type { Credential } from '../model/credential.ts';
import { type PreparedCredential, tryCredential } from './identity.ts';

/** How soon a file that was replaced is in use, at the latest. */
const POLL_MS = 5_000;

/** How often it is said that our certificate ends soon. */
const EXPIRY_LOOK_MS = 3_600_000;

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
  const sayExpiry = () => {
    const warning = expiryWarning(inUse.certPem, Date.now());
    if (warning) log.warn(warning);
  };
  sayExpiry();
  const timer = setInterval(sayExpiry, EXPIRY_LOOK_MS);
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
      sayExpiry();
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
    close: () => {
      clearInterval(timer);
      watch.close();
    },
  };
}

/** Of the first certificate of our chain to end: of a proxy, that is usually its own end. */
function notAfterMs({ certPem }: Credential): number {
  return earliestExpiry(certPem)?.notAfter.getTime() ?? Number.NaN;
}
