import { readFileSync } from 'node:fs';
import { type CertificateFacts, readCertificateFacts, readChain } from '../grid/certificateFacts.ts';
import { type CredentialOptions, findCredentialFiles } from '../grid/credentialFiles.ts';
import { readCredential } from '../grid/credentials.ts';
import { endsSoon } from '../grid/expiry.ts';
import { faultOf, oneLine } from '../grid/revocation.ts';
import { terminalLine } from '../model/errorText.ts';
import { describeCertificate, describeFiles, MAX_NAME_LENGTH } from './credentialText.ts';
import { tryCredential } from './identity.ts';

export interface CredentialsOptions extends CredentialOptions {
  /** What `serve`, `run` and `self-ping` show, instead of what `ping` does. */
  host: boolean;
}

const MAX_WARNINGS = 20;

/**
 * `dips-probe credentials`: which files would be used and why, and what is in them. Returns the exit code: 0 fine, 1 when a
 * certificate of the chain is over, not valid yet, or ends soon. Throws CredentialError (exit 2) when they are unusable,
 * after what could be said of them was printed.
 */
export async function credentials(options: CredentialsOptions): Promise<number> {
  const files = findCredentialFiles(options, options.host ? 'host' : 'dirac', process.env);
  const nowMs = Date.now();
  print(describeFiles(files));
  const chain = readChainOf(files.cert);
  for (const [index, facts] of chain.entries()) print(describeCertificate(facts, index, nowMs));
  const warnings = new Set(files.warnings);
  const warn = (warning: string) => void warnings.add(warning);
  const { credential } = tryCredential(readCredential(files, options), files, warn);
  for (const crl of credential.crls) {
    const fault = faultOf(crl, nowMs);
    if (fault) warn(`the CRL of ${oneLine(crl.caSubject)}: ${fault}`);
  }
  if (files.caDir !== null) print([`${credential.caPems.length} CAs, ${credential.crls.length} of them with a CRL`]);
  const faults = chain.flatMap((facts) => faultOfValidity(facts, nowMs) ?? []);
  print([...describeWarnings([...warnings]), ...(faults.length > 0 ? faults : ['fine'])]);
  return faults.length > 0 ? 1 : 0;
}

/** Empty where the file cannot be read or is none: reading the credential says so. */
function readChainOf(path: string): CertificateFacts[] {
  try {
    return readChain(readFileSync(path, 'latin1')).map(readCertificateFacts);
  } catch {
    return [];
  }
}

function faultOfValidity(facts: CertificateFacts, nowMs: number): string | null {
  const { subject, notBefore, notAfter, proxy } = facts;
  const what = `${proxy ? 'the proxy' : 'the certificate'} ${terminalLine(oneLine(subject), MAX_NAME_LENGTH)}`;
  if (notBefore.getTime() > nowMs) return `${what} is not valid yet`;
  if (notAfter.getTime() < nowMs) return `${what} is over: renew it`;
  return endsSoon(facts, nowMs) ? `${what} ends soon: renew it` : null;
}

function describeWarnings(warnings: string[]): string[] {
  const shown = warnings.slice(0, MAX_WARNINGS).map((warning) => `warning: ${terminalLine(warning, 500)}`);
  const rest = warnings.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more warnings`] : shown;
}

function print(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
