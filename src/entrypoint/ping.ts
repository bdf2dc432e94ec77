import pLimit from 'p-limit';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { createProber, type Prober } from '../https/prober.ts';
import type { ProbeResult } from '../model/result.ts';
import { parseTarget, type Target } from '../model/target.ts';
import { prepareCredential, warnOnStderr } from './identity.ts';
import { formatSummary, formatTable } from './resultTable.ts';
import { readTrust, TRUST_NOBODY } from './trust.ts';

export interface PingCommandOptions extends CredentialOptions {
  json: boolean;
  timeout: number;
  /** Pings per target, one after another. */
  count: number;
  /** Targets under way at once. */
  concurrency: number;
  serverName?: string;
}

/** `dips-probe ping`. Returns the exit code: 0 all up, 1 some down. Throws TargetError and CredentialError (exit 2). */
export async function pingCommand(texts: string[], options: PingCommandOptions): Promise<number> {
  const targets = texts.map(parseTarget);
  const prober = await prepareProber(targets, options);
  const print = options.json ? await jsonPrinter() : () => {};
  const limit = pLimit(options.concurrency);
  const results = await limit.map(targets, (target) => pingRepeatedly(target, prober, options, print));
  await prober.close();
  const flat = results.flat();
  if (!options.json) process.stdout.write(`${formatTable(flat)}\n${formatSummary(flat)}\n`);
  return flat.every(({ ok }) => ok) ? 0 : 1;
}

/** A certificate is only looked for where one is shown. */
async function prepareProber(targets: Target[], options: PingCommandOptions): Promise<Prober> {
  if (targets.some(({ scheme }) => scheme === 'dips' || scheme === 'https')) {
    const { identity, credential } = await prepareCredential(options, 'dirac', warnOnStderr);
    return createProber(identity, credential);
  }
  const needsTrust = targets.some(({ scheme }) => scheme === 'diracx+https');
  return createProber(null, needsTrust ? readTrust(options, warnOnStderr) : TRUST_NOBODY);
}

async function pingRepeatedly(
  target: Target,
  prober: Prober,
  { count, timeout, serverName }: PingCommandOptions,
  print: (result: ProbeResult) => void,
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (let turn = 0; turn < count; turn++) {
    const result = await prober.probe(target, { timeoutMs: timeout, serverName });
    print(result);
    results.push(result);
  }
  return results;
}

async function jsonPrinter(): Promise<(result: ProbeResult) => void> {
  const { stringifyResult } = await import('../http/json.ts');
  return (result) => process.stdout.write(`${stringifyResult(result)}\n`);
}
