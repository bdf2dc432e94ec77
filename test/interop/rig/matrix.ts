import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connectTls } from '../../../src/dips/connect.ts';
import { Conversation, encodePingRequest, type Outcome } from '../../../src/dips/conversation.ts';
import { buildAnonymousIdentity, type Identity } from '../../../src/dips/identity.ts';
import { ping } from '../../../src/dips/ping.ts';
import type { CredentialOptions } from '../../../src/grid/credentialFiles.ts';
import type { ProbeResult } from '../../../src/model/result.ts';
import { parseTarget } from '../../../src/model/target.ts';
import type { DiracServices } from './dirac.ts';
import { readIdentity } from './identity.ts';
import type { GridPki } from './pki.ts';

/** What a client shows of itself. */
export const IDENTITIES = ['host certificate', 'proxy', 'user certificate'] as const;
export type IdentityKind = (typeof IDENTITIES)[number];

/** The same kind of identity in each state a case asks for. */
export type ClientFiles = Record<IdentityKind, Record<'good' | 'unknownCa' | 'expired', CredentialOptions>>;

export interface MatrixRig {
  pki: GridPki;
  services: DiracServices;
  clients: ClientFiles;
}

/** What a cell says: `ok`, or the reason, with the TLS alert where the service sent one. */
export function word({ ok, ...rest }: Outcome | ProbeResult): string {
  if (ok || !('reason' in rest)) return 'ok';
  const alert = /TLS alert (\w+)/.exec(rest.detail ?? '')?.[1];
  return alert ? `${rest.reason} (${alert})` : `${rest.reason}`;
}

const LONG_MS = 20_000;

export const rigUrl = (port: number, service = 'Rig') => `dips://127.0.0.1:${port}/Framework/${service}`;

/** Each case of the matrix: what is done, and what is expected of every release and identity. Busy services have a test of their own. */
export const CASES: [name: string, expected: RegExp, run: (rig: MatrixRig, kind: IdentityKind) => Promise<string>][] = [
  ['ok', /^ok$/, ({ services, ...rig }, kind) => pingAs(rigUrl(services.port), identityOf(rig, kind))],
  [
    'no service of that name',
    /^wrong_service$/,
    ({ services, ...rig }, kind) => pingAs(rigUrl(services.port, 'Nope'), identityOf(rig, kind)),
  ],
  [
    'Authorization/ping bars us',
    /^unauthorized$/,
    ({ services, ...rig }, kind) => pingAs(rigUrl(services.lockedPort, 'RigLocked'), identityOf(rig, kind)),
  ],
  [
    'a method the service has not',
    /^rpc_error$/,
    ({ services, ...rig }, kind) => callPong(services.port, 'Rig', identityOf(rig, kind)),
  ],
  [
    'a method it has not and no rule but Default, which bars us',
    /^unauthorized$/,
    ({ services, ...rig }, kind) => callPong(services.lockedPort, 'RigLocked', identityOf(rig, kind)),
  ],
  [
    'we show no certificate',
    /^tls_rejected_us \(certificate_required|handshake_failure\)$/,
    ({ services, pki }) => pingAs(rigUrl(services.port), buildAnonymousIdentity([readFileSync(pki.caFile, 'utf8')])),
  ],
  [
    'ours is of a CA the service does not know',
    /^tls_rejected_us \(unknown_ca\)$/,
    ({ services, ...rig }, kind) => pingAs(rigUrl(services.port), identityOf(rig, kind, 'unknownCa')),
  ],
  [
    'ours has expired',
    /^tls_rejected_us \(certificate_expired\)$/,
    ({ services, ...rig }, kind) => pingAs(rigUrl(services.port), identityOf(rig, kind, 'expired')),
  ],
  [
    "the service's is of a CA we do not know",
    /^tls_cert_untrusted$/,
    ({ services, ...rig }, kind) =>
      pingAs(rigUrl(services.port), identityOf(rig, kind, 'good', { caDir: rig.pki.otherCaDir })),
  ],
  [
    "a CRL lists the service's",
    /^tls_crl_revoked$/,
    ({ services, ...rig }, kind) =>
      pingAs(rigUrl(services.port), identityOf(rig, kind, 'good', { caDir: rig.pki.revokedCaDir })),
  ],
  [
    'the CRL is past its next update, `--crl fail`',
    /^tls_crl_expired$/,
    ({ services, ...rig }, kind) =>
      pingAs(rigUrl(services.port), identityOf(rig, kind, 'good', { caDir: rig.pki.lateCrlCaDir, crl: 'fail' })),
  ],
  [
    'the CRL is past its next update, `--crl warn`',
    /^ok$/,
    ({ services, ...rig }, kind) =>
      pingAs(rigUrl(services.port), identityOf(rig, kind, 'good', { caDir: rig.pki.lateCrlCaDir })),
  ],
  [
    "the service's is for another name",
    /^tls_name_mismatch$/,
    ({ services, ...rig }, kind) => pingAs(rigUrl(services.port), identityOf(rig, kind), LONG_MS, 'other.example.org'),
  ],
];

/** Pings with the very function that the commands use. */
export async function pingAs(url: string, identity: Identity, timeoutMs = LONG_MS, serverName?: string) {
  return word(await ping(parseTarget(url), { timeoutMs, identity, serverName }));
}

export function identityOf(
  { pki, clients }: Omit<MatrixRig, 'services'>,
  kind: IdentityKind,
  state: 'good' | 'unknownCa' | 'expired' = 'good',
  more: CredentialOptions = {},
): Identity {
  return readIdentity({ caDir: pki.caDir, ...clients[kind][state], ...more });
}

/**
 * Calls a method `pong`, which no service has. `ping` is all that the product can call, so its own request is changed: the name
 * has as many bytes.
 */
async function callPong(port: number, service: string, identity: Identity): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  const { socket: secure } = await connectTls(socket, identity, '127.0.0.1', LONG_MS);
  const request = encodePingRequest(`Framework/${service}`, identity.extraCredentials).toString('latin1');
  const conversation = new Conversation();
  secure.setTimeout(LONG_MS, () => secure.destroy(new Error('no answer to pong')));
  secure.write(request.replace('s4:ping', 's4:pong'), 'latin1');
  for await (const chunk of secure) {
    const outcome = conversation.receive(chunk);
    if (outcome) return word(outcome);
  }
  return word(conversation.end());
}
