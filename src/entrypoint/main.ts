#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { countOption, durationOption } from './duration.ts';

/*
 * The command line. Each command's file is loaded only when it runs: self-ping starts in a container every few seconds.
 * Exit codes: 0 all well, 1 something is down or failed, 2 wrong usage, configuration or credentials.
 */

const USAGE = 2;

const program = new Command('dips-probe')
  .description('Tells whether every service of a DIRAC installation is alive, and why not.')
  .version(packageJson.version)
  .showHelpAfterError('(--help shows what can be given)')
  .exitOverride();

/** The options by which a command's identity is chosen; every one has a default found as DIRAC finds it. */
function withCredentialOptions(command: Command): Command {
  return command
    .option('--cert <file>', 'PEM certificate to show, with --key (a host certificate: says "hosts")')
    .option('--key <file>', 'PEM private key of --cert')
    .addOption(
      new Option('--proxy <file>', 'grid proxy to show: one file with certificate, key and chain').conflicts([
        'cert',
        'key',
      ]),
    )
    .option('--ca-dir <dir>', 'CA directory with <hash>.0 files')
    .option('--no-verify', "do not check the services' certificates")
    .addOption(new Option('--extra-credentials <who>', 'what to say of ourselves').choices(['hosts', 'none']));
}

/** Runs a command's function and makes its number the exit code. */
function run<T extends unknown[]>(load: () => Promise<(...args: T) => Promise<number>>) {
  return async (...args: T) => {
    process.exitCode = await (await load())(...args);
  };
}

const pingCommand = program
  .command('ping')
  .description('ping DIRAC services once and say what they answer')
  .argument('<target...>', 'dips://host:port/System/Service, dip://… (no TLS), or host:port/System/Service')
  .option('--json', 'one JSON object per result and line', false)
  .option('--timeout <time>', 'for a whole ping, from DNS to the last byte', durationOption, 10_000)
  .option('--count <n>', 'pings per target, one after another', countOption, 1)
  .option('--concurrency <n>', 'targets under way at once', countOption, 16)
  .option('--server-name <name>', "name to check the services' certificates for, instead of the target's host");
withCredentialOptions(pingCommand).action(run(async () => (await import('./ping.ts')).pingCommand));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Expected errors become one line; anything else is a fault of ours and keeps its stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof Error && /^(Target|Credential|Config)Error$/.test(error.name)) {
    process.stderr.write(`dips-probe: ${error.message}\n`);
    return USAGE;
  }
  throw error;
}
