import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** PEM files of a certificate and its key. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** A throw-away grid PKI, as a grid site has it: a CA directory with hashed names, CRL and signing policy. */
export interface GridPki {
  dir: string;
  caDir: string;
  /** PEM of the CA itself, for programs that want a file. */
  caFile: string;
  /** A CA directory that knows only another CA. */
  otherCaDir: string;
  /** As caDir, but its CRL lists `host`. */
  revokedCaDir: string;
  /** As caDir, but its CRL's next update was due in 2021. */
  lateCrlCaDir: string;
  /** Names localhost, 127.0.0.1 and ::1. */
  host: KeyPair;
  /** Names other.example.org only. */
  hostOther: KeyPair;
  /** Ended in 2021. */
  hostExpired: KeyPair;
  user: KeyPair;
  userExpired: KeyPair;
  /** Both of the other CA. */
  userOther: KeyPair;
  hostUnknown: KeyPair;
}

const EXPIRED = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'];
const LATE = ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20210101000000Z'];

/** Makes one with openssl in a directory that is removed when this process exits. About 2 s: nine RSA keys. */
export async function makeGridPki(): Promise<GridPki> {
  const dir = temporaryDir('pki');
  const grid = await makeCa(join(dir, 'grid'), 'RigGrid');
  const other = await makeCa(join(dir, 'other'), 'OtherGrid');
  const host = await issue(grid, 'host', 'host', 'OU=Hosts/CN=localhost');
  return {
    dir,
    caDir: grid.certificates,
    caFile: join(grid.dir, 'ca.pem'),
    otherCaDir: other.certificates,
    revokedCaDir: await copyWithCrl(grid, 'revoked', ['-revoke', host.cert], []),
    lateCrlCaDir: await copyWithCrl(grid, 'lateCrl', null, LATE),
    host,
    hostOther: await issue(grid, 'hostOther', 'hostOther', 'OU=Hosts/CN=other.example.org'),
    hostExpired: await issue(grid, 'hostExpired', 'host', 'OU=Hosts/CN=localhost', EXPIRED),
    user: await issue(grid, 'user', 'user', 'OU=Users/CN=Jane Doe'),
    userExpired: await issue(grid, 'userExpired', 'user', 'OU=Users/CN=Ed Expired', EXPIRED),
    userOther: await issue(other, 'userOther', 'user', 'OU=Users/CN=Rita Rogue'),
    hostUnknown: await issue(other, 'hostUnknown', 'host', 'OU=Hosts/CN=localhost'),
  };
}

/** Another certificate of the grid's CA; `newKey` as `openssl req -newkey` is told it. */
export function issueMore(
  { dir, caDir }: GridPki,
  name: string,
  profile: 'host' | 'user',
  subject: string,
  newKey: string[] = ['rsa:2048'],
): Promise<KeyPair> {
  const ca = { dir: join(dir, 'grid'), organisation: 'RigGrid', certificates: caDir };
  return issue(ca, name, profile, subject, [], newKey);
}

interface Ca {
  dir: string;
  organisation: string;
  certificates: string;
}

async function makeCa(dir: string, organisation: string): Promise<Ca> {
  const certificates = join(dir, 'certificates');
  mkdirSync(certificates, { recursive: true });
  writeFileSync(join(dir, 'ca.cnf'), caConfiguration(dir));
  writeFileSync(join(dir, 'index.txt'), '');
  const [pem, crl] = [join(dir, 'ca.pem'), join(dir, 'ca.crl')];
  const subject = `/C=XX/O=${organisation}/CN=${organisation} CA`;
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const addExtensions = extensions.flatMap((extension) => ['-addext', extension]);
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', subject, ...addExtensions];
  await runOrThrow('openssl', [...request, '-keyout', join(dir, 'ca.key'), '-out', pem]);
  await runOrThrow('openssl', ['ca', '-config', join(dir, 'ca.cnf'), '-gencrl', '-out', crl]);
  const hash = (await runOrThrow('openssl', ['x509', '-in', pem, '-noout', '-subject_hash'])).trim();
  copyFileSync(pem, join(certificates, `${hash}.0`));
  copyFileSync(crl, join(certificates, `${hash}.r0`));
  writeFileSync(
    join(certificates, `${hash}.signing_policy`),
    `access_id_CA X509 '${subject}'\npos_rights globus CA:sign\ncond_subjects globus '"/C=XX/O=${organisation}/*"'\n`,
  );
  return { dir, organisation, certificates };
}

/** A copy of the CA's directory with another CRL, made after `first` if that is given; the CA's own index stays as it was. */
async function copyWithCrl(ca: Ca, name: string, first: string[] | null, period: string[]): Promise<string> {
  const certificates = join(ca.dir, name);
  cpSync(ca.certificates, certificates, { recursive: true });
  const [crl = ''] = readdirSync(certificates).filter((file) => file.endsWith('.r0'));
  const index = readFileSync(join(ca.dir, 'index.txt'));
  const command = ['ca', '-config', join(ca.dir, 'ca.cnf')];
  if (first) await runOrThrow('openssl', [...command, ...first]);
  await runOrThrow('openssl', [...command, '-gencrl', ...period, '-out', join(certificates, crl)]);
  writeFileSync(join(ca.dir, 'index.txt'), index);
  return certificates;
}

async function issue(
  ca: Ca,
  name: string,
  profile: string,
  subject: string,
  period: string[] = [],
  newKey: string[] = ['rsa:2048'],
): Promise<KeyPair> {
  const [cert, key, request] = ['pem', 'key', 'csr'].map((ending) => join(ca.dir, `${name}.${ending}`)) as [
    string,
    string,
    string,
  ];
  const dn = `/C=XX/O=${ca.organisation}/${subject}`;
  await runOrThrow('openssl', [
    'req',
    '-new',
    '-newkey',
    ...newKey,
    '-nodes',
    '-subj',
    dn,
    '-keyout',
    key,
    '-out',
    request,
  ]);
  const sign = ['ca', '-batch', '-notext', '-config', join(ca.dir, 'ca.cnf'), '-extensions', profile, ...period];
  await runOrThrow('openssl', [...sign, '-in', request, '-out', cert]);
  return { cert, key };
}

/** `openssl ca` rather than `x509 -req`: only it can date a certificate into the past (OpenSSL 3.0). */
function caConfiguration(dir: string): string {
  const host = `basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth,clientAuth`;
  return `[ca]
default_ca=ca_default
[ca_default]
database=${dir}/index.txt
rand_serial=yes
new_certs_dir=${dir}
certificate=${dir}/ca.pem
private_key=${dir}/ca.key
default_md=sha256
default_days=10
default_crl_days=10
unique_subject=no
policy=any
[any]
countryName=supplied
organizationName=supplied
organizationalUnitName=optional
commonName=supplied
[host]
${host}
subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
[hostOther]
${host}
subjectAltName=DNS:other.example.org
[user]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=clientAuth
`;
}
