import type { CertificateFacts, ProxyKind } from '../grid/certificateFacts.ts';
import type { CredentialFiles } from '../grid/credentialFiles.ts';
import { oneLine } from '../grid/revocation.ts';
import { terminalLine } from '../model/errorText.ts';
import { formatUptime } from './resultTable.ts';

/** Longest name of a certificate's owner that is shown. */
export const MAX_NAME_LENGTH = 300;

const PROXY_KINDS: Record<ProxyKind, string> = {
  full: 'proxy (RFC 3820)',
  limited: 'limited proxy (RFC 3820)',
  independent: 'independent proxy (RFC 3820): inherits no rights',
  legacy: 'proxy of Globus 2, which only services of the pyGSI days take',
  other: 'proxy (RFC 3820) of an unknown policy language',
};

/** Which files, and what named them. */
export function describeFiles({ cert, key, certBy, caDir, caDirBy, saysHosts }: CredentialFiles): string[] {
  return [
    `certificate   ${cert}  (${certBy})`,
    `key           ${key}`,
    `CA directory  ${caDir ?? 'none: nothing is checked'}  (${caDirBy})`,
    `we say        ${saysHosts ? 'hosts: a host certificate' : 'nothing: a proxy or a user'}`,
  ];
}

/** One certificate of a chain, with its number in it. */
export function describeCertificate(facts: CertificateFacts, index: number, nowMs: number): string[] {
  const { subject, issuer, notBefore, notAfter, proxy, diracGroup } = facts;
  return [
    '',
    `${index + 1}. ${terminalLine(oneLine(subject), MAX_NAME_LENGTH)}`,
    `   issuer  ${terminalLine(oneLine(issuer), MAX_NAME_LENGTH)}`,
    `   valid   ${notBefore.toISOString()} to ${notAfter.toISOString()} (${formatLeft(notAfter.getTime() - nowMs)})`,
    `   kind    ${proxy ? PROXY_KINDS[proxy] : 'certificate'}`,
    ...(diracGroup === null ? [] : [`   group   ${terminalLine(diracGroup, MAX_NAME_LENGTH)}`]),
  ];
}

/** `6d 23h left` or `over since 1h 0m`. */
export function formatLeft(leftMs: number): string {
  const time = formatUptime(Math.abs(leftMs) / 1000);
  return leftMs < 0 ? `over since ${time}` : `${time} left`;
}
