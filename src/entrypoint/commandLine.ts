import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';

import { CREDENTIAL_FLAGS, type Flag, HEALTHCHECK_FLAGS, SELF_PING_FLAGS, timeoutFlag } from './flags.ts';
import { allowOption, countOption, durationOption, listenOption, workersOption } from './optionTypes.ts';

/*
 * The command line. Each command's file is loaded only when it runs.
 * Exit codes: 0 all well, 1 something is down or failed, 2 wrong usage, configuration or credentials (self-ping, healthcheck: 1).
 */

/** Docker reserves exit code 2 of a HEALTHCHECK. */
const EXIT_USAGE = ['self-ping', 'healthcheck'].includes(process.argv[2] ?? '') ? 1 : 2;
/** Errors whose message is for the person who typed the command. */
const EXPECTED_ERRORS = new Set(['TargetError', 'CredentialError', 'ConfigError', 'ListenError']);

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('dips-probe')
  .description('Tells whether every service of a DIRAC installation is alive, and why not.')
  .version(version)
  .showHelpAfterError('(--help shows what can be given)')
  .exitOverride();

withCredentialOptions(
  program
    .command('ping')
    .description('ping DIRAC services once and say what they answer')
    .argument(
      '<target...>',
      'dips://host:port/System/Service, dip://… (no TLS), https://… (Tornado), diracx+https://host[:port], or host:port/System/Service',
    )
    .option('--json', 'one JSON object per result and line', false)
    .addOption(timeoutOption('10s', 10_000))
    .option('--count <n>', 'pings per target, one after another', countOption, 1)
    .option('--concurrency <n>', 'targets under way at once', countOption, 16)
    .option('--server-name <name>', "name to check the services' certificates for, instead of the target's host"),
).action(run(async () => (await import('./ping.ts')).pingCommand));

withCredentialOptions(
  program
    .command('explain')
    .description(
      'ping one target and show all that was seen: addresses, TLS, certificates, frames or HTTP, and what to do',
    )
    .argument('<target>', 'as of ping')
    .addOption(timeoutOption('10s', 10_000))
    .option('--server-name <name>', "name to check the service's certificate for, instead of the target's host"),
).action(run(async () => (await import('./explain.ts')).explain));

withFlags(
  program
    .command('self-ping')
    .showHelpAfterError(false) // one line, as for all that goes wrong with it
    .description('is the service in this container alive? Exit 0 or 1, for Marathon and HEALTHCHECK')
    .argument('<port/System/Service>', 'pinged on localhost, with the host certificate'),
  SELF_PING_FLAGS,
).action(run(async () => (await import('./selfPing.ts')).selfPing));

withFlags(
  program
    .command('healthcheck')
    .showHelpAfterError(false)
    .description('does the pinger of this container answer? Exit 0 or 1, for HEALTHCHECK'),
  HEALTHCHECK_FLAGS,
).action(run(async () => (await import('./healthcheck.ts')).healthcheck));

withCredentialOptions(
  program
    .command('serve')
    .description('HTTP pinger for Consul: /ping?host=H&port=P&service=System/Service, /self')
    .addOption(listenAddressOption('0.0.0.0'))
    .addOption(timeoutOption('8s', 8_000))
    .option('--workers <n>', 'threads that ping; 0: none, what answers HTTP pings as well', workersOption, 0)
    .option('--max-in-flight <n>', 'pings under way at once; one more is answered 429', countOption, 200)
    .addOption(
      new Option('--status-profile <profile>', 'legacy: 418 down; consul: 429 degraded (a warning), 503 down')
        .choices(['legacy', 'consul'])
        .default('legacy'),
    )
    .addOption(
      new Option(
        '--allow <rule>',
        'CIDR[:PORTS] or HOST[:PORTS] that may be pinged, such as 10.0.0.0/8:9130-9200 or *.example.org; repeatable. Ports from 1024 where none are given, private networks where no rule is',
      ).argParser(allowOption),
    ),
).action(run(async () => (await import('./serve.ts')).serve));

withCredentialOptions(
  program
    .command('credentials')
    .description('say which certificate, key and CAs would be used and why, and what is in them')
    .option('--host', 'what serve, run and self-ping show, instead of what ping does', false),
).action(run(async () => (await import('./credentials.ts')).credentials));

program
  .command('collect')
  .description('copy the cAdvisor metrics of nodes to InfluxDB; without an interval once, for cron')
  .requiredOption('-c, --config <file>', 'JSON with host, port, username, password, database, ssl of InfluxDB')
  .addOption(
    new Option('-t, --target <node...>', 'HOST or HOST:PORT of the cAdvisors to read; port 8080 by default').default(
      [],
      'this host',
    ),
  )
  .option('-i, --influx', 'send to InfluxDB', false)
  .option('-q, --quiet', 'do not print the points', false)
  .addOption(
    new Option(
      '--spool <file>',
      'keep there what InfluxDB does not take now, and how far each node was read: each sample is sent once; implies -i',
    ).implies({ influx: true }),
  )
  .addOption(new Option('--once', 'one round, which is the default').conflicts('interval'))
  .option('--interval <time>', 'collect continuously', durationOption)
  .action(
    run(async () => {
      const { collect } = await import('./collect.ts');
      return ({ interval, ...options }) => collect({ ...options, intervalMs: interval ?? null });
    }),
  );

program
  .command('run')
  .description('watch a cluster: scheduled pings, collection, sinks and the HTTP pinger together')
  .requiredOption('--config <file>', 'YAML; see examples/run.yaml')
  .action(run(async () => (await import('./run.ts')).run));

program
  .command('check-config')
  .description('say what is wrong with a configuration of run, or that nothing is')
  .argument('<file>')
  .action(run(async () => (await import('./run.ts')).checkConfig));

program
  .command('marathon')
  .description("print the Marathon apps of DIRAC's services and of the pinger, as JSON for PUT /v2/apps")
  .argument('<file>', 'YAML or JSON; see examples/marathon/services.yaml')
  .option('--only <service...>', 'System/Service; only their apps')
  .action(run(async () => (await import('./marathon.ts')).marathon));

program
  .command('demo')
  .description('start a small cluster of our own on this machine and watch it')
  .addOption(listenAddressOption('127.0.0.1'))
  .action(run(async () => (await import('./demo.ts')).demo));

/** Runs the command that process.argv names; the exit code is left in process.exitCode. */
export async function runCommandLine(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The options by which a command's identity is chosen; every one has a default found as DIRAC finds it. */
function withCredentialOptions(command: Command): Command {
  return withFlags(command, CREDENTIAL_FLAGS);
}

/** Gives a command the flags of a table. */
export function withFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) command.addOption(toOption(flag));
  return command;
}

function toOption({ flags, description, preset, presetText, choices, conflicts = [], isDuration }: Flag): Option {
  const option = new Option(flags, description).conflicts([...conflicts]);
  if (isDuration) option.argParser(durationOption);
  if (choices) option.choices(choices);
  return preset === undefined ? option : option.default(preset, presetText);
}

function listenAddressOption(host: string): Option {
  return new Option('--listen <address:port>', 'where to listen')
    .argParser(listenOption)
    .default({ host, port: 1234 }, `${host}:1234`);
}

function timeoutOption(shown: string, defaultMs: number): Option {
  return toOption(timeoutFlag(shown, defaultMs));
}

/** Loads a command's function, runs it, and makes its number the exit code. */
function run<T extends unknown[]>(load: () => Promise<(...args: T) => Promise<number>>) {
  return async (...args: T) => {
    process.exitCode = await (await load())(...args);
  };
}

/** Expected errors become one line; anything else is a fault of ours and keeps its stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof Error && EXPECTED_ERRORS.has(error.name)) {
    process.stderr.write(`dips-probe: ${error.message}\n`);
    return EXIT_USAGE;
  }
  throw error;
}
