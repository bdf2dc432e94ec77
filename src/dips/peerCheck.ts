import { judgeChain } from '../grid/revocation.ts';
import type { ChainMember } from '../model/credential.ts';
import type { Identity } from './identity.ts';
import type { PeerCertificate } from './peerCertificate.ts';
import { ProbeFailure } from './probeFailure.ts';

/** The name a service's certificate is checked for, and sent as SNI. Null: the chain is checked, the name is not. */
export type ServerName = string | null;

/** A chain longer than this is no grid's; the walk must end. */
const MAX_CHAIN = 10;

/**
 * What OpenSSL's verification leaves to us: the name and, of the chain, the CRLs. `readSent` gives what the service sent, its own first; it costs
 * as much as the rest of a handshake's JS and is asked only where our CA directory does not know an issuer. Null: nothing against the service's
 * certificate. Must not throw: whatever is thrown inside Node's checkServerIdentity ends the process.
 */
export function checkPeer(
  peer: PeerCertificate | null,
  readSent: () => readonly ChainMember[],
  serverName: ServerName,
  identity: Identity,
  nowMs: number,
): ProbeFailure | null {
  if (!peer) return new ProbeFailure('tls_cert_untrusted', 'the service showed no certificate');
  if (serverName !== null && !peer.isNamed(serverName) && !(identity.gsiNames && hasGsiName(peer, serverName))) {
    return new ProbeFailure('tls_name_mismatch', `expected a certificate for ${serverName}, it is for ${peer.names}`);
  }
  if (!identity.crls) return null;
  const revocation = judgeChain(chainOf(peer, readSent, identity), identity.crls, identity.crlPolicy, nowMs);
  return revocation && new ProbeFailure(revocation.reason, revocation.detail);
}

/** `CN=host/NAME`, Globus's form for a host's certificate, which DIRAC's client of the pyGSI days took and today's refuses. */
function hasGsiName({ subject }: ChainMember, name: string): boolean {
  return subject.split('\n').some((part) => part.toLowerCase() === `cn=host/${name.toLowerCase()}`);
}

/**
 * From the service's certificate upwards, without the root: as OpenSSL builds it, from our CA directory first and from what was sent where that does
 * not know an issuer.
 */
function chainOf(peer: ChainMember, readSent: () => readonly ChainMember[], { cas }: Identity): ChainMember[] {
  const chain: ChainMember[] = [];
  let member: ChainMember | undefined = peer;
  while (member && member.subject !== member.issuer && chain.length < MAX_CHAIN) {
    chain.push(member);
    const { issuer }: ChainMember = member;
    member = cas.get(issuer) ?? readSent().find(({ subject }) => subject === issuer);
  }
  return chain;
}
