import type { X509Certificate } from 'node:crypto';
import { readCertificateFacts } from '../grid/certificateFacts.ts';
import { type ChainLink, type Judges, reportChain } from '../grid/chainReport.ts';
import { oneLine } from '../grid/revocation.ts';
import { terminalLine } from '../model/errorText.ts';
import { describeCertificate, formatLeft } from './credentialText.ts';

const MAX_TEXT = 500;

/** A chain that a service showed, its own certificate first, in lines: what it is and who judged it. */
export function describeChain(chain: readonly X509Certificate[], judges: Judges, nowMs: number): string[] {
  const believesPublic = judges.publicCaPems.length > 0;
  return reportChain(chain, judges, nowMs).flatMap((link, index) => {
    const { certificate, crl } = link;
    const names = certificate.subjectAltName;
    return [
      ...describeCertificate(readCertificateFacts(certificate), index, nowMs),
      ...(names ? [`   names   ${text(names)}`] : []),
      `   serial  ${certificate.serialNumber}`,
      `   CA      ${describeIssuer(link, believesPublic, nowMs)}`,
      `   CRL     ${text(crl)}`,
    ];
  });
}

function describeIssuer(
  { certificate, ca, isPublic, sentIssuer }: ChainLink,
  believesPublic: boolean,
  nowMs: number,
): string {
  const until = ({ validToDate }: X509Certificate) =>
    `until ${validToDate.toISOString()} (${formatLeft(validToDate.getTime() - nowMs)})`;
  if (ca) return `${nameOf(ca)} of ${isPublic ? 'the public CAs' : 'our CA directory'}, ${until(ca)}`;
  if (sentIssuer && sentIssuer.fingerprint256 === certificate.fingerprint256)
    return 'none: it is self-signed, and we do not have it';
  if (sentIssuer) return `${nameOf(sentIssuer)}, sent by the service, ${until(sentIssuer)}`;
  const where = believesPublic ? 'our CA directory or the public CAs' : 'our CA directory';
  return `NOT in ${where}, and not sent by the service: ${text(oneLine(certificate.issuer))}`;
}

function nameOf({ subject }: X509Certificate): string {
  return text(oneLine(subject));
}

function text(words: string): string {
  return terminalLine(words, MAX_TEXT);
}
