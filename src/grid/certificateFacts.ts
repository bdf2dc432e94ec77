import { X509Certificate } from 'node:crypto';
import type { ChainMember } from '../model/credential.ts';
import { contentOf, DerError, type DerValue, readChildren, readDer, SEQUENCE } from './der.ts';

/*
 * Extensions    = [3] { SEQUENCE OF SEQUENCE { id OID, [critical BOOLEAN], value OCTET STRING } }    (RFC 5280 §4.1)
 * ProxyCertInfo = SEQUENCE { [pathLength INTEGER], SEQUENCE { language OID, [policy OCTET STRING] } } (RFC 3820 §3.8)
 * DIRAC's group = IA5String in an extension of its own (docs/protocol-dips.md §3.4)
 */

const EXTENSIONS = 0xa3;
const OBJECT_IDENTIFIER = 0x06;
const STRINGS = new Set([0x0c, 0x13, 0x16]);

/** OIDs as the hexadecimal of their DER content. */
const PROXY_CERT_INFO = '2b0601050507010e'; // 1.3.6.1.5.5.7.1.14
const DIRAC_GROUP = '2a2a2a'; // 1.2.42.42
const LANGUAGES: Record<string, ProxyKind> = {
  '2b06010505071501': 'full', // 1.3.6.1.5.5.7.21.1, inherits all rights
  '2b06010505071502': 'independent', // 1.3.6.1.5.5.7.21.2
  '2b060104019b5001010109': 'limited', // 1.3.6.1.4.1.3536.1.1.1.9
};

/** `legacy`: of Globus 2, told by its name alone. `other`: a policy language that we do not know. */
export type ProxyKind = 'full' | 'limited' | 'independent' | 'legacy' | 'other';

/** What the file of a credential says of one of its certificates. */
export interface CertificateFacts {
  /** As X509Certificate has it, a part of the name per line. */
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  /** Null: no proxy. */
  proxy: ProxyKind | null;
  /** The group that DIRAC wrote into a proxy. */
  diracGroup: string | null;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM file in its order. Throws what OpenSSL throws on one that is none. */
export function readChain(pem: string): X509Certificate[] {
  return (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));
}

/** What a CRL is asked of a certificate. Plain data: a certificate object does not cross threads. */
export function toChainMember({ subject, issuer, serialNumber }: X509Certificate): ChainMember {
  return { subject, issuer, serialNumber };
}

/** Reads a certificate. An extension that is not as it should be counts as absent: these facts are for people, not for trust. */
export function readCertificateFacts(certificate: X509Certificate): CertificateFacts {
  const { subject, issuer, validFromDate: notBefore, validToDate: notAfter, raw } = certificate;
  const extensions = readOrNull(() => readExtensions(raw)) ?? new Map<string, Buffer>();
  const proxyInfo = extensions.get(PROXY_CERT_INFO);
  const group = extensions.get(DIRAC_GROUP);
  return {
    subject,
    issuer,
    notBefore,
    notAfter,
    proxy: proxyInfo ? (readOrNull(() => readProxyKind(proxyInfo)) ?? 'other') : legacyProxy(subject),
    diracGroup: group ? readOrNull(() => readString(group)) : null,
  };
}

/** Values by id, both as they are in DER. */
function readExtensions(raw: Buffer): Map<string, Buffer> {
  const tbs = readDer(raw, readDer(raw).contentStart);
  const wrapper = [...readChildren(raw, tbs)].find(({ tag }) => tag === EXTENSIONS);
  if (!wrapper) return new Map();
  const entries = [...readChildren(raw, readDer(raw, wrapper.contentStart, wrapper.end))];
  return new Map(
    entries.map((entry) => {
      const parts = [...readChildren(raw, entry)];
      const [id, value] = [parts[0], parts.at(-1)] as [DerValue, DerValue];
      return [contentOf(raw, id).toString('hex'), contentOf(raw, value)];
    }),
  );
}

function readProxyKind(value: Buffer): ProxyKind | null {
  const policy = [...readChildren(value, readDer(value))].find(({ tag }) => tag === SEQUENCE);
  if (!policy) return null;
  const language = readDer(value, policy.contentStart, policy.end);
  return language.tag === OBJECT_IDENTIFIER ? (LANGUAGES[contentOf(value, language).toString('hex')] ?? null) : null;
}

function readString(value: Buffer): string | null {
  const text = readDer(value);
  return STRINGS.has(text.tag) ? contentOf(value, text).toString('utf8') : null;
}

function legacyProxy(subject: string): ProxyKind | null {
  return /\nCN=(limited )?proxy$/.test(subject) ? 'legacy' : null;
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
