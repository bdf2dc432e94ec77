import pLimit from 'p-limit';
import type { Identity } from '../dips/identity.ts';
import { ping } from '../dips/ping.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import type { ProbeResult } from '../model/result.ts';
import { parseTarget, type Target } from '../model/target.ts';
import { prepareCredential, warnOnStderr } from './identity.ts';
import { formatSummary, formatTable } from './resultTable.ts';

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
  const identity = targets.some(({ scheme }) => scheme === 'dips')
    ? (await prepareCredential(options, 'dirac', warnOnStderr)).identity
    : null;
  const print = options.json ? await jsonPrinter() : () => {};
  const limit = pLimit(options.concurrency);
  const results = await limit.map(targets, (target) => pingRepeatedly(target, identity, options, print));
  const flat = results.flat();
  if (!options.json) process.stdout.write(`${formatTable(flat)}\n${formatSummary(flat)}\n`);
  return flat.every(({ ok }) => ok) ? 0 : 1;
}

async function pingRepeatedly(
  target: Target,
  identity: Identity | null,
  { count, timeout, serverName }: PingCommandOptions,
  print: (result: ProbeResult) => void,
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (let turn = 0; turn < count; turn++) {
    const result = await ping(target, { timeoutMs: timeout, identity, serverName });
    print(result);
    results.push(result);
  }
  return results;
}

async function jsonPrinter(): Promise<(result: ProbeResult) => void> {
  const { stringifyResult } = await import('../http/json.ts');
  return (result) => process.stdout.write(`${stringifyResult(result)}\n`);
}
