import type { X509Certificate } from 'node:crypto';
import { connectTcp } from '../dips/connect.ts';
import { readPeerUnchecked } from '../dips/connectUnchecked.ts';
import { type PingOptions, ping } from '../dips/ping.ts';
import type { PingObserver } from '../dips/pingObserver.ts';
import { ProbeFailure } from '../dips/probeFailure.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import type { FailureReason } from '../model/reasons.ts';
import type { ProbeResult } from '../model/result.ts';
import { parseTarget, type Target, TargetError } from '../model/target.ts';
import { type PreparedCredential, prepareCredential } from './identity.ts';
import { describeOurs, describePing, type Observed } from './transcript.ts';

export interface ExplainOptions extends CredentialOptions {
  timeout: number;
  serverName?: string;
}

/** A service sends what it likes; the transcript shows its beginning. */
const MAX_RECEIVED_BYTES = 1 << 17;

/** The handshake went well, but we did not believe what the service showed. */
const DISBELIEF: ReadonlySet<FailureReason | null> = new Set([
  'tls_cert_expired',
  'tls_cert_untrusted',
  'tls_name_mismatch',
  'tls_crl_revoked',
  'tls_crl_expired',
]);

/**
 * `dips-probe explain TARGET`: one ping, and all that was seen of it. Returns the exit code: 0 up, 1 down. Throws TargetError and
 * CredentialError (exit 2).
 */
export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const target = parseTarget(text);
  if (target.scheme !== 'dips' && target.scheme !== 'dip') {
    throw new TargetError(`target ${JSON.stringify(text)}: explain knows dips and dip only; expected one of them`);
  }
  const warnings: string[] = [];
  const prepared = target.scheme === 'dips' ? await prepareCredential(options, 'dirac', (w) => warnings.push(w)) : null;
  print(describeOurs(prepared, warnings, Date.now()));
  const { timeout: timeoutMs, serverName } = options;
  const pingOptions: PingOptions = { timeoutMs, identity: prepared?.identity ?? null, serverName };
  const observed: Observed = { addresses: null, tried: [], peer: null, sent: [], received: [] };
  const result = await ping(target, { ...pingOptions, observer: observeInto(observed) });
  if (prepared && (result.tls || DISBELIEF.has(result.reason))) {
    observed.peer = await lookAtPeer(result, target, prepared, pingOptions);
  }
  const name = serverName ?? target.host;
  print(describePing(result, observed, prepared?.credential ?? null, name, Date.now()));
  return result.ok ? 0 : 1;
}

function observeInto(observed: Observed): PingObserver {
  let receivedBytes = 0;
  return {
    resolved: (addresses) => {
      observed.addresses = addresses;
    },
    tried: (address, failure) => observed.tried.push({ address, failure: failure?.message ?? null }),
    sent: (bytes) => observed.sent.push(bytes),
    received: (bytes) => {
      if (receivedBytes < MAX_RECEIVED_BYTES) observed.received.push(bytes);
      receivedBytes += bytes.length;
    },
  };
}

/** What the service shows, on a connection of its own to the address that was pinged. Null when it does not come. */
async function lookAtPeer(
  { address }: ProbeResult,
  { host, port }: Target,
  { identity }: PreparedCredential,
  { timeoutMs, serverName }: PingOptions,
): Promise<X509Certificate | null> {
  try {
    const socket = await connectTcp(address as string, port, timeoutMs);
    return await readPeerUnchecked(socket, identity, serverName ?? host, timeoutMs);
  } catch (error) {
    if (error instanceof ProbeFailure) return null;
    throw error;
  }
}

function print(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
