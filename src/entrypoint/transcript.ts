import type { X509Certificate } from 'node:crypto';
import { describeFrames } from '../dips/describeFrames.ts';
import { readCertificateFacts, readChain } from '../grid/certificateFacts.ts';
import { type ChainLink, reportChain } from '../grid/chainReport.ts';
import { oneLine } from '../grid/revocation.ts';
import type { Credential } from '../model/credential.ts';
import { terminalLine } from '../model/errorText.ts';
import { REASON_ADVICE } from '../model/reasonAdvice.ts';
import type { ProbeResult } from '../model/result.ts';
import { describeCertificate, describeFiles, formatLeft } from './credentialText.ts';
import type { PreparedCredential } from './identity.ts';

/** What was seen of one ping besides its result. */
export interface Observed {
  /** Null: the name was not resolved. */
  addresses: readonly string[] | null;
  tried: { address: string; failure: string | null }[];
  /** The certificate that the service shows, with the chain it sends; null when it was not seen. */
  peer: X509Certificate | null;
  sent: Buffer[];
  received: Buffer[];
}

const MAX_TEXT = 500;
const MAX_WARNINGS = 20;

/** What we show of ourselves. `ours` null: the target is without TLS. Never key material: only certificates are read here. */
export function describeOurs(ours: PreparedCredential | null, warnings: readonly string[], nowMs: number): string[] {
  if (!ours) return ['WE SHOW', 'nothing: dip:// is without TLS'];
  const { certPem, caPems, crls } = ours.credential;
  return [
    'WE SHOW',
    ...describeFiles(ours.files),
    `              ${caPems.length} CAs, ${crls.length} of them with a CRL`,
    ...readChain(certPem).flatMap((certificate, index) =>
      describeCertificate(readCertificateFacts(certificate), index, nowMs),
    ),
    ...warnings.slice(0, MAX_WARNINGS).map((warning) => `warning: ${text(warning)}`),
  ];
}

/** The ping from the name's resolution to the verdict. `checkedName`: what the certificate was checked for. */
export function describePing(
  result: ProbeResult,
  observed: Observed,
  credential: Credential | null,
  checkedName: string,
  nowMs: number,
): string[] {
  return [
    '',
    `CONNECT to ${result.target}`,
    ...describeConnect(result, observed),
    ...(credential && observed.tried.some(({ failure }) => failure === null)
      ? ['', 'TLS', ...describeTls(result, observed, credential, checkedName, nowMs)]
      : []),
    ...(observed.sent.length > 0 ? ['', 'DISET', ...describeExchange(observed)] : []),
    '',
    ...describeVerdict(result),
  ];
}

function describeConnect({ timingsMs }: ProbeResult, { addresses, tried }: Observed): string[] {
  return [
    addresses
      ? `addresses: ${addresses.join(', ') || 'none'}${took(timingsMs.dns)}`
      : `no address${took(timingsMs.dns)}`,
    ...tried.map(({ address, failure }) => `${address}: ${failure === null ? 'connected' : text(failure)}`),
    ...(tried.length > 0 ? [`TCP${took(timingsMs.connect)}`] : []),
  ];
}

function describeTls(
  { tls, timingsMs, reason, detail }: ProbeResult,
  { peer }: Observed,
  credential: Credential,
  checkedName: string,
  nowMs: number,
): string[] {
  const outcome = tls ? `${tls.protocol}, ${tls.cipher}` : `failed: ${reason}: ${text(detail ?? '')}`;
  return [
    `${outcome}${took(timingsMs.tls)}`,
    credential.verify ? `checked for the name ${checkedName}` : 'nothing was checked (--no-verify)',
    ...(peer
      ? [
          'the service shows (asked on a second connection, which believes anybody):',
          ...reportChain(peer, credential, nowMs).flatMap((link, at) => describeLink(link, at, nowMs)),
        ]
      : ['no certificate of the service was seen']),
  ];
}

function describeLink({ certificate, ca, sentIssuer, crl }: ChainLink, index: number, nowMs: number): string[] {
  const names = certificate.subjectAltName;
  return [
    ...describeCertificate(readCertificateFacts(certificate), index, nowMs),
    ...(names ? [`   names   ${text(names)}`] : []),
    `   serial  ${certificate.serialNumber}`,
    `   CA      ${describeIssuer(certificate, ca, sentIssuer, nowMs)}`,
    `   CRL     ${text(crl)}`,
  ];
}

function describeIssuer(
  certificate: X509Certificate,
  ca: X509Certificate | null,
  sentIssuer: X509Certificate | null,
  nowMs: number,
): string {
  const until = (issuer: X509Certificate) =>
    `until ${issuer.validToDate.toISOString()} (${formatLeft(issuer.validToDate.getTime() - nowMs)})`;
  if (ca) return `${text(oneLine(ca.subject))} of our CA directory, ${until(ca)}`;
  if (sentIssuer && sentIssuer.fingerprint256 === certificate.fingerprint256)
    return 'none: it is self-signed, and we do not have it';
  if (sentIssuer) return `${text(oneLine(sentIssuer.subject))}, sent by the service, ${until(sentIssuer)}`;
  return `NOT in our CA directory, and not sent by the service: ${text(oneLine(certificate.issuer))}`;
}

function describeExchange({ sent, received }: Observed): string[] {
  const frames = (direction: string, bytes: Buffer[]) =>
    describeFrames(Buffer.concat(bytes)).map((line) => `${direction} ${line}`);
  const answers = frames('received', received);
  return [...frames('sent    ', sent), ...(answers.length > 0 ? answers : ['received nothing'])];
}

function describeVerdict({ ok, reason, detail, version, timingsMs }: ProbeResult): string[] {
  const { dns, connect, tls, rpc, total } = timingsMs;
  const phases = Object.entries({ dns, connect, tls, rpc, total })
    .filter(([, ms]) => ms !== null)
    .map(([phase, ms]) => `${phase} ${ms} ms`);
  const times = `times: ${phases.join(', ')}`;
  if (ok || reason === null) return [`VERDICT: up, version ${text(version ?? 'unknown')}`, times];
  const { meaning, causes, advice } = REASON_ADVICE[reason];
  return [
    `VERDICT: down, ${reason}: ${text(detail ?? '')}`,
    times,
    '',
    meaning,
    ...causes.map((cause) => `- ${cause}`),
    `What to do: ${advice}`,
  ];
}

function took(ms: number | null): string {
  return ms === null ? '' : ` (${ms} ms)`;
}

function text(words: string): string {
  return terminalLine(words, MAX_TEXT);
}
