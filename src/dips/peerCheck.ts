import type { X509Certificate } from 'node:crypto';
import { judgeChain, oneLine } from '../grid/revocation.ts';
import type { ChainMember } from '../model/credential.ts';
import type { Identity } from './identity.ts';
import { ProbeFailure } from './probeFailure.ts';

/** The name a service's certificate is checked for, and sent as SNI. Null: the chain is checked, the name is not. */
export type ServerName = string | null;

/** A chain longer than this is no grid's; the walk must end. */
const MAX_CHAIN = 10;

/**
 * What OpenSSL's verification leaves to us: the name and, of the chain that was sent, the CRLs. Null: nothing against the service's certificate.
 * Must not throw: whatever is thrown inside Node's checkServerIdentity ends the process.
 */
export function checkPeer(
  sent: readonly X509Certificate[],
  serverName: ServerName,
  identity: Identity,
  nowMs: number,
): ProbeFailure | null {
  const [peer] = sent;
  if (!peer) return new ProbeFailure('tls_cert_untrusted', 'the service showed no certificate');
  if (serverName !== null && !isNamed(peer, serverName) && !(identity.gsiNames && hasGsiName(peer, serverName))) {
    const names = peer.subjectAltName ?? oneLine(peer.subject);
    return new ProbeFailure('tls_name_mismatch', `expected a certificate for ${serverName}, it is for ${names}`);
  }
  if (!identity.crls) return null;
  const revocation = judgeChain(chainOf(sent, identity), identity.crls, identity.crlPolicy, nowMs);
  return revocation && new ProbeFailure(revocation.reason, revocation.detail);
}

/** SAN by DNS or IP, and the CN even beside a SAN, as DIRAC's own client does (docs/protocol-dips.md §3.3). */
function isNamed(peer: X509Certificate, name: string): boolean {
  try {
    return (peer.checkHost(name, { subject: 'always' }) ?? peer.checkIP(name)) !== undefined;
  } catch {
    // checkIP throws for what is no address.
    return false;
  }
}

/** `CN=host/NAME`, Globus's form for a host's certificate, which DIRAC's client of the pyGSI days took and today's refuses. */
function hasGsiName({ subject }: X509Certificate, name: string): boolean {
  return subject.split('\n').some((part) => part.toLowerCase() === `cn=host/${name.toLowerCase()}`);
}

/** From the service's certificate upwards, as far as certificates were sent or are in our CA directory; without the root. */
function chainOf(sent: readonly ChainMember[], { intermediates }: Identity): ChainMember[] {
  const chain: ChainMember[] = [];
  let member = sent[0];
  while (member && member.subject !== member.issuer && chain.length < MAX_CHAIN) {
    chain.push(member);
    member = sent[chain.length] ?? intermediates.get(member.issuer);
  }
  return chain;
}
