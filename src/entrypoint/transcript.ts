import type { X509Certificate } from 'node:crypto';
import { describeFrames } from '../dips/describeFrames.ts';
import { readCertificateFacts, readChain } from '../grid/certificateFacts.ts';
import type { Judges } from '../grid/chainReport.ts';
import { describeAnswer, describeRequest } from '../https/describeHttp.ts';
import type { Trust } from '../https/diracxIdentity.ts';
import type { HttpAnswer, HttpRequest } from '../https/httpMessage.ts';
import { terminalLine } from '../model/errorText.ts';
import { REASON_ADVICE } from '../model/reasonAdvice.ts';
import type { ProbeResult } from '../model/result.ts';
import { describeChain } from './chainText.ts';
import { describeCertificate, describeFiles } from './credentialText.ts';
import type { PreparedCredential } from './identity.ts';

/** What a ping brings along. */
export interface Ours {
  /** What we show; null: nothing, the service is asked as by anybody. */
  prepared: PreparedCredential | null;
  /** Whom we believe; null: the target is without TLS. */
  trust: (Trust & Judges) | null;
}

/** What was seen of one ping besides its result. */
export interface Observed {
  /** Null: the name was not resolved. */
  addresses: readonly string[] | null;
  tried: { address: string; failure: string | null }[];
  /** As PingObserver.showed has it; empty: none came. */
  chain: readonly X509Certificate[];
  /** Over DISET. */
  sent: Buffer[];
  received: Buffer[];
  /** Over HTTP; an answer is null where none came, or not whole. */
  http: { request: HttpRequest; answer: HttpAnswer | null }[];
}

const MAX_TEXT = 500;
const MAX_WARNINGS = 20;

/** What we show of ourselves. Never key material: only certificates are read here. */
export function describeOurs(ours: Ours, warnings: readonly string[], nowMs: number): string[] {
  return [
    'WE SHOW',
    ...(ours.prepared ? describePrepared(ours.prepared, nowMs) : describeNothing(ours)),
    ...warnings.slice(0, MAX_WARNINGS).map((warning) => `warning: ${text(warning)}`),
  ];
}

function describePrepared({ files, credential }: PreparedCredential, nowMs: number): string[] {
  const { certPem, caPems, crls } = credential;
  return [
    ...describeFiles(files),
    `              ${caPems.length} CAs, ${crls.length} of them with a CRL`,
    ...readChain(certPem).flatMap((certificate, index) =>
      describeCertificate(readCertificateFacts(certificate), index, nowMs),
    ),
  ];
}

function describeNothing({ trust }: Ours): string[] {
  if (!trust) return ['nothing: dip:// is without TLS'];
  const { verify, caPems, publicCaPems, crls } = trust;
  const believed = `${caPems.length} CAs of our CA directory, ${crls.length} of them with a CRL, and ${publicCaPems.length} public ones`;
  return [
    'nothing: DiracX is asked without a certificate',
    verify ? `we believe    ${believed}` : 'we believe    anybody (--no-verify)',
  ];
}

/** The ping from the name's resolution to the verdict. `checkedName`: what the certificate was checked for. */
export function describePing(
  result: ProbeResult,
  observed: Observed,
  ours: Ours,
  checkedName: string,
  nowMs: number,
): string[] {
  return [
    '',
    `CONNECT to ${result.target}`,
    ...describeConnect(result, observed),
    ...(ours.trust && observed.tried.some(({ failure }) => failure === null)
      ? ['', 'TLS', ...describeTls(result, observed, ours.trust, checkedName, nowMs)]
      : []),
    ...(observed.sent.length > 0 ? ['', 'DISET', ...describeDiset(observed)] : []),
    ...(observed.http.length > 0 ? ['', 'HTTP', ...observed.http.flatMap(describeHttp)] : []),
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
  { chain }: Observed,
  trust: Trust & Judges,
  checkedName: string,
  nowMs: number,
): string[] {
  const outcome = tls ? `${tls.protocol}, ${tls.cipher}` : `failed: ${reason}: ${text(detail ?? '')}`;
  return [
    `${outcome}${took(timingsMs.tls)}`,
    trust.verify ? `checked for the name ${checkedName}` : 'nothing was checked (--no-verify)',
    ...(chain.length > 0
      ? ['the service shows:', ...describeChain(chain, trust, nowMs)]
      : ['no certificate of the service was seen']),
  ];
}

function describeDiset({ sent, received }: Observed): string[] {
  const answers = describeFrames(Buffer.concat(received));
  return [
    ...mark(SENT, describeFrames(Buffer.concat(sent))),
    ...mark(RECEIVED, answers.length > 0 ? answers : ['nothing']),
  ];
}

function describeHttp({ request, answer }: Observed['http'][number]): string[] {
  return [
    ...mark(SENT, describeRequest(request)),
    ...mark(RECEIVED, answer ? describeAnswer(answer) : ['no whole HTTP answer']),
  ];
}

const SENT = 'sent    ';
const RECEIVED = 'received';

function mark(direction: string, lines: string[]): string[] {
  return lines.map((line) => `${direction} ${line}`);
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
