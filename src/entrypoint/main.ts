#!/usr/bin/env node
import { HEALTHCHECK_FLAGS, SELF_PING_FLAGS } from './flags.ts';
import { readPlainArguments } from './plainArguments.ts';
import type { SelfPingOptions } from './selfPing.ts';

/*
 * The start of the program. self-ping and healthcheck, which start in a container every few seconds, go past commander where their arguments are
 * plainly understood: loading that takes as long as the ping (docs/decisions/0033-self-ping-past-commander.md).
 */

const [command, ...args] = process.argv.slice(2);
if (!(await runPlainly())) {
  (await import('./leanHeap.ts')).startLean(command);
  const { runCommandLine } = await import('./commandLine.ts');
  await runCommandLine();
}

/** False: that is commander's to run or refuse. */
async function runPlainly(): Promise<boolean> {
  if (command === 'self-ping') {
    const plain = readPlainArguments(args, SELF_PING_FLAGS, 1);
    if (!plain) return false;
    const { selfPing } = await import('./selfPing.ts');
    process.exitCode = await selfPing(plain.operands[0] as string, plain.options as unknown as SelfPingOptions);
    return true;
  }
  const plain = command === 'healthcheck' ? readPlainArguments(args, HEALTHCHECK_FLAGS, 0) : null;
  if (!plain) return false;
  const { healthcheck } = await import('./healthcheck.ts');
  process.exitCode = await healthcheck({ url: plain.options.url as string });
  return true;
}
