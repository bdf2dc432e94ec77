import { readFileSync } from 'node:fs';
import type { Outcome } from '../../../src/dips/conversation.ts';
import { buildAnonymousIdentity, type Identity } from '../../../src/dips/identity.ts';
import type { CredentialOptions } from '../../../src/grid/credentialFiles.ts';
import type { Trust } from '../../../src/https/diracxIdentity.ts';
import { createProber } from '../../../src/https/prober.ts';
import type { ProbeResult } from '../../../src/model/result.ts';
import { parseTarget } from '../../../src/model/target.ts';
import type { DiracRelease } from './diracInstall.ts';
import { readIdentity } from './identity.ts';
import { callByDips, callByHttps } from './otherMethod.ts';
import type { GridPki } from './pki.ts';

/** The two protocols in which services of DIRAC are served. */
export const SCHEMES = ['dips', 'https'] as const;
export type MatrixScheme = (typeof SCHEMES)[number];

/** What a client shows of itself. */
export const IDENTITIES = ['host certificate', 'proxy', 'user certificate'] as const;
export type IdentityKind = (typeof IDENTITIES)[number];

/** The same kind of identity in each state a case asks for. */
export type ClientFiles = Record<IdentityKind, Record<'good' | 'unknownCa' | 'expired', CredentialOptions>>;

/** URLs of a service that everybody may ping, of one that nobody may, and of none on the port of the first. */
export type ServiceUrls = Record<'open' | 'locked' | 'absent', string>;

/** A running process with services, of one release and scheme. */
export interface MatrixRig {
  scheme: MatrixScheme;
  release: DiracRelease;
  urls: ServiceUrls;
  pki: GridPki;
  clients: ClientFiles;
}

/** What a cell is to say; a function where the scheme or the release makes a difference. */
type Expected = string | ((rig: Pick<MatrixRig, 'scheme' | 'release'>) => string);

const LONG_MS = 20_000;

/** Each case of the matrix: what is done, and what is expected with every identity. */
export const CASES: { name: string; expected: Expected; run(rig: MatrixRig, kind: IdentityKind): Promise<string> }[] = [
  { name: 'ok', expected: 'ok', run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind)) },
  {
    name: 'no service of that name',
    expected: 'wrong_service',
    run: (rig, kind) => pingAs(rig.urls.absent, identityOf(rig, kind)),
  },
  {
    name: 'Authorization/ping bars us',
    expected: 'unauthorized',
    run: (rig, kind) => pingAs(rig.urls.locked, identityOf(rig, kind)),
  },
  {
    name: 'a method the service has not',
    expected: 'rpc_error',
    run: (rig, kind) => callPong(rig.urls.open, identityOf(rig, kind)),
  },
  {
    name: 'a method it has not and no rule but Default, which bars us',
    // Over HTTPS from 8.0 on the method is looked for first, and then who asks.
    expected: ({ scheme, release }) => (scheme === 'dips' || release === '7.3' ? 'unauthorized' : 'rpc_error'),
    run: (rig, kind) => callPong(rig.urls.locked, identityOf(rig, kind)),
  },
  {
    name: 'we show no certificate',
    // A Tornado server does not insist on one in the handshake; from 8.0 on a token would do as well.
    expected: ({ scheme }) => (scheme === 'dips' ? 'tls_rejected_us (certificate_required)' : 'unauthorized'),
    run: ({ urls, pki }) => pingAs(urls.open, buildAnonymousIdentity([readFileSync(pki.caFile, 'utf8')])),
  },
  {
    name: 'ours is of a CA the service does not know',
    expected: 'tls_rejected_us (unknown_ca)',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind, 'unknownCa')),
  },
  {
    name: 'ours has expired',
    expected: 'tls_rejected_us (certificate_expired)',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind, 'expired')),
  },
  {
    name: "the service's is of a CA we do not know",
    expected: 'tls_cert_untrusted',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind, 'good', { caDir: rig.pki.otherCaDir })),
  },
  {
    name: "a CRL lists the service's",
    expected: 'tls_crl_revoked',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind, 'good', { caDir: rig.pki.revokedCaDir })),
  },
  {
    name: 'the CRL is past its next update, `--crl fail`',
    expected: 'tls_crl_expired',
    run: (rig, kind) =>
      pingAs(rig.urls.open, identityOf(rig, kind, 'good', { caDir: rig.pki.lateCrlCaDir, crl: 'fail' })),
  },
  {
    name: 'the CRL is past its next update, `--crl warn`',
    expected: 'ok',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind, 'good', { caDir: rig.pki.lateCrlCaDir })),
  },
  {
    name: "the service's is for another name",
    expected: 'tls_name_mismatch',
    run: (rig, kind) => pingAs(rig.urls.open, identityOf(rig, kind), LONG_MS, 'other.example.org'),
  },
];

/** Cases of a service that cannot answer: all identities ping it at once, while it lasts. */
export interface HungCase {
  name: string;
  timeoutMs: number;
  expected: Expected;
}

export const ASLEEP: HungCase = {
  name: 'all threads asleep, deadline 2 s',
  timeoutMs: 2_000,
  // A DIPS service does the handshake in a thread of the pool, a Tornado server in its loop, which no method holds up.
  expected: ({ scheme }) => (scheme === 'dips' ? 'tls_timeout' : 'rpc_timeout'),
};
export const ASLEEP_BUT_WAITED_FOR: HungCase = {
  name: 'all threads asleep, deadline 20 s',
  timeoutMs: LONG_MS,
  expected: 'ok',
};
export const FROZEN: HungCase = {
  name: 'the process frozen (SIGSTOP), deadline 2 s',
  timeoutMs: 2_000,
  expected: 'tls_timeout',
};

export function expectedIn(rig: Pick<MatrixRig, 'scheme' | 'release'>, { expected }: { expected: Expected }): string {
  return typeof expected === 'string' ? expected : expected(rig);
}

/** Pings with the very function that the commands use. */
export async function pingAs(url: string, identity: Identity, timeoutMs = LONG_MS, serverName?: string) {
  const prober = createProber(identity, NOBODY);
  const result = await prober.probe(parseTarget(url), { timeoutMs, serverName });
  await prober.close();
  return word(result);
}

/** Whom DiracX would be believed by, which is not pinged here. */
const NOBODY: Trust = { caPems: [], cas: [], crls: [], crlPolicy: 'fail', verify: true, gsiNames: false };

export function identityOf(
  { pki, clients }: Pick<MatrixRig, 'pki' | 'clients'>,
  kind: IdentityKind,
  state: 'good' | 'unknownCa' | 'expired' = 'good',
  more: CredentialOptions = {},
): Identity {
  return readIdentity({ caDir: pki.caDir, ...clients[kind][state], ...more });
}

/** Calls a method `pong`, which no service has. */
async function callPong(url: string, identity: Identity): Promise<string> {
  const target = parseTarget(url);
  const call = target.scheme === 'dips' ? callByDips : callByHttps;
  return word(await call(target, identity, 'pong'));
}

/** What a cell says: `ok`, or the reason, with the TLS alert where the service sent one. */
function word({ ok, ...rest }: Outcome | ProbeResult): string {
  if (ok || !('reason' in rest)) return 'ok';
  const alert = /TLS alert (\w+)/.exec(rest.detail ?? '')?.[1];
  return alert ? `${rest.reason} (${alert})` : `${rest.reason}`;
}
