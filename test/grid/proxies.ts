import 'reflect-metadata'; // @peculiar/x509 needs it loaded before itself
import { webcrypto } from 'node:crypto';
import { Extension, PemConverter, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import type { KeyPair } from '../../src/demo/pki.ts';

/** DER of the policy languages of RFC 3820 and Globus, each an OBJECT IDENTIFIER. */
const LANGUAGES = {
  full: '06082b06010505071501',
  independent: '06082b06010505071502',
  limited: '060b2b060104019b5001010109',
  unknown: '06022a03',
};

export interface ProxyOptions {
  language?: keyof typeof LANGUAGES;
  group?: string;
  notAfter?: Date;
  /** DER of ProxyCertInfo instead of a right one. */
  rawInfo?: string;
  commonName?: string;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A proxy of a credential, as DIRAC makes them; `certPem` holds the chain below it too. */
export async function issueProxy(of: KeyPair, options: ProxyOptions = {}): Promise<KeyPair> {
  const { language = 'full', group, notAfter, rawInfo, commonName = '123456' } = options;
  const issuer = new X509Certificate(of.certPem.split(/(?<=-----END CERTIFICATE-----)/)[0] as string);
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const pkcs8 = PemConverter.decodeFirst(of.keyPem);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '0102',
    subject: `${issuer.subject}, CN=${commonName}`,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: notAfter ?? new Date(Date.now() + 12 * 3_600_000),
    signingAlgorithm: P256,
    publicKey: keys.publicKey as never,
    signingKey: (await webcrypto.subtle.importKey('pkcs8', pkcs8, P256, true, ['sign'])) as never,
    extensions: [
      ...(rawInfo === '' ? [] : [extension('1.3.6.1.5.5.7.1.14', rawInfo ?? sequence(sequence(LANGUAGES[language])))]),
      ...(group === undefined ? [] : [extension('1.2.42.42', tagged(0x16, Buffer.from(group).toString('hex')))]),
    ],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certPem: `${certificate.toString('pem')}\n${of.certPem}`,
    keyPem: PemConverter.encode(exported, 'PRIVATE KEY'),
  };
}

function extension(id: string, der: string): Extension {
  return new Extension(id, id === '1.3.6.1.5.5.7.1.14', Buffer.from(der, 'hex'));
}

function sequence(content: string): string {
  return tagged(0x30, content);
}

function tagged(tag: number, content: string): string {
  return `${Buffer.from([tag, content.length / 2]).toString('hex')}${content}`;
}
