#!/usr/bin/env node
import { SELF_PING_FLAGS } from './flags.ts';
import { readPlainArguments } from './plainArguments.ts';
import type { SelfPingOptions } from './selfPing.ts';

/*
 * The start of the program. self-ping, which starts in a container every few seconds, goes past commander where its arguments are plainly
 * understood: loading that takes as long as the ping (docs/decisions/0033-self-ping-past-commander.md).
 */

const [command, ...args] = process.argv.slice(2);
if (command !== 'self-ping') (await import('./leanHeap.ts')).startLean(command);
const plain = command === 'self-ping' ? readPlainArguments(args, SELF_PING_FLAGS) : null;
if (plain) {
  const { selfPing } = await import('./selfPing.ts');
  process.exitCode = await selfPing(plain.argument, plain.options as unknown as SelfPingOptions);
} else {
  const { runCommandLine } = await import('./commandLine.ts');
  await runCommandLine();
}
