import 'reflect-metadata'; // @peculiar/x509 needs it loaded before itself
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import { readChain, toChainMember } from '../grid/certificateFacts.ts';
import type { Credential } from '../model/credential.ts';

cryptoProvider.set(webcrypto as never);

/** P-256 is made in a millisecond; grid sites have RSA-2048, which the benches use. */
const ALGORITHMS = {
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa2048: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
} as const;

const DAY_MS = 86_400_000;

export interface KeyPair {
  certPem: string;
  keyPem: string;
}

export interface HostCertificateOptions {
  /** DNS names and addresses; default localhost, 127.0.0.1 and ::1. */
  names?: ({ type: 'dns'; value: string } | { type: 'ip'; value: string })[];
  commonName?: string;
  notBefore?: Date;
  notAfter?: Date;
}

export interface CrlOptions {
  /** PEM of the certificates that are revoked. */
  revoked?: string[];
  thisUpdate?: Date;
  nextUpdate?: Date;
}

/** A certificate authority that lives as long as the process, for the demo and the tests. */
export interface ThrowAwayCa {
  caPem: string;
  issue(options?: HostCertificateOptions): Promise<KeyPair>;
  /** A CRL of this CA, in PEM. */
  issueCrl(options?: CrlOptions): Promise<string>;
  /** A CA below this one. */
  subordinate(name: string): Promise<ThrowAwayCa>;
}

const LOOPBACK_NAMES: NonNullable<HostCertificateOptions['names']> = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
];

/** Makes a CA that issues host certificates (for servers and clients), CRLs, and CAs below it. */
export async function createThrowAwayCa(
  kind: keyof typeof ALGORITHMS = 'p256',
  name = 'C=XX,O=dips-probe,CN=Throw-away CA',
): Promise<ThrowAwayCa> {
  const algorithm = ALGORITHMS[kind];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...caFields(),
    name,
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: await caExtensions(keys),
  });
  return authority(algorithm, keys, certificate);
}

type Algorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS];

function caFields() {
  return {
    serialNumber: newSerial(),
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
  };
}

async function caExtensions({ publicKey }: webcrypto.CryptoKeyPair) {
  return [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey as never),
  ];
}

function authority(algorithm: Algorithm, caKeys: webcrypto.CryptoKeyPair, caCertificate: X509Certificate): ThrowAwayCa {
  async function issue(options: HostCertificateOptions = {}): Promise<KeyPair> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: `C=XX,O=dips-probe,OU=Hosts,CN=${options.commonName ?? 'localhost'}`,
      issuer: caCertificate.subject,
      notBefore: options.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: options.notAfter ?? new Date(Date.now() + 14 * DAY_MS),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey as never,
      signingKey: caKeys.privateKey as never,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension(options.names ?? LOOPBACK_NAMES),
        await AuthorityKeyIdentifierExtension.create(caKeys.publicKey as never),
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { certPem: certificate.toString('pem'), keyPem: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  }

  async function issueCrl({ revoked = [], thisUpdate, nextUpdate }: CrlOptions = {}): Promise<string> {
    const crl = await X509CrlGenerator.create({
      issuer: caCertificate.subject,
      thisUpdate: thisUpdate ?? new Date(Date.now() - DAY_MS),
      nextUpdate: nextUpdate ?? new Date(Date.now() + DAY_MS),
      signingAlgorithm: algorithm,
      signingKey: caKeys.privateKey as never,
      entries: revoked.map((pem) => ({ serialNumber: new X509Certificate(pem).serialNumber })),
    });
    // The library's own label is not the one of RFC 7468.
    return PemConverter.encode(crl.rawData, 'X509 CRL');
  }

  async function subordinate(name: string): Promise<ThrowAwayCa> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.create({
      ...caFields(),
      subject: name,
      issuer: caCertificate.subject,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey as never,
      signingKey: caKeys.privateKey as never,
      extensions: await caExtensions(keys),
    });
    return authority(algorithm, keys, certificate);
  }

  return { caPem: caCertificate.toString('pem'), issue, issueCrl, subordinate };
}

/** What a client that trusts the throw-away CA shows: a host certificate of it. */
export function throwAwayCredential(pair: KeyPair, { caPem }: { caPem: string }): Credential {
  return {
    ...pair,
    caPems: [caPem],
    cas: readChain(caPem).map(toChainMember),
    crls: [],
    crlPolicy: 'warn',
    verify: true,
    legacyTls: false,
    gsiNames: false,
    extraCredentials: 'hosts',
  };
}

/** A positive serial number in hexadecimal. */
function newSerial(): string {
  return `01${randomBytes(8).toString('hex')}`;
}
