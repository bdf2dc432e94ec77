import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { readPublicCas } from '../https/diracxIdentity.ts';
import type { HttpObserver } from '../https/httpObserver.ts';
import { createProber } from '../https/prober.ts';
import { parseTarget, type Target } from '../model/target.ts';
import { prepareCredential } from './identity.ts';
import { describeOurs, describePing, type Observed, type Ours } from './transcript.ts';
import { readTrust, TRUST_NOBODY } from './trust.ts';

export interface ExplainOptions extends CredentialOptions {
  timeout: number;
  serverName?: string;
}

/** A service sends what it likes; the transcript shows its beginning. */
const MAX_RECEIVED_BYTES = 1 << 17;

/**
 * `dips-probe explain TARGET`: one ping, and all that was seen of it. Returns the exit code: 0 up, 1 down. Throws TargetError and
 * CredentialError (exit 2).
 */
export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const target = parseTarget(text);
  const warnings: string[] = [];
  const ours = await prepareOurs(target, options, (warning) => warnings.push(warning));
  print(describeOurs(ours, warnings, Date.now()));
  const { timeout: timeoutMs, serverName } = options;
  const observed: Observed = { addresses: null, tried: [], chain: [], sent: [], received: [], http: [] };
  const prober = createProber(ours.prepared?.identity ?? null, ours.trust ?? TRUST_NOBODY);
  const result = await prober.probe(target, { timeoutMs, serverName, observer: observeInto(observed) });
  await prober.close();
  print(describePing(result, observed, ours, serverName ?? target.host, Date.now()));
  return result.ok ? 0 : 1;
}

/** A certificate is only looked for where one is shown, as `ping` does it. */
async function prepareOurs(
  { scheme }: Target,
  options: ExplainOptions,
  warn: (warning: string) => void,
): Promise<Ours> {
  if (scheme === 'dip') return { prepared: null, trust: null };
  if (scheme === 'diracx+https') {
    return { prepared: null, trust: { ...readTrust(options, warn), publicCaPems: readPublicCas() } };
  }
  const prepared = await prepareCredential(options, 'dirac', warn);
  return { prepared, trust: { ...prepared.credential, publicCaPems: [] } };
}

function observeInto(observed: Observed): HttpObserver {
  let receivedBytes = 0;
  return {
    resolved: (addresses) => {
      observed.addresses = addresses;
    },
    tried: (address, failure) => observed.tried.push({ address, failure: failure?.message ?? null }),
    showed: (chain) => {
      observed.chain = chain;
    },
    sent: (bytes) => observed.sent.push(bytes),
    received: (bytes) => {
      if (receivedBytes < MAX_RECEIVED_BYTES) observed.received.push(bytes);
      receivedBytes += bytes.length;
    },
    asked: (request) => observed.http.push({ request, answer: null }),
    answered: (answer) => {
      const last = observed.http.at(-1);
      if (last) last.answer = answer;
    },
  };
}

function print(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
