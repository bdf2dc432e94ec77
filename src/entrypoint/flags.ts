/*
 * Flags that are read in two ways: by commander (commandLine.ts), and by self-ping and healthcheck without it (plainArguments.ts).
 */

export interface Flag {
  /** `--name <value>`; `--name`, false unless it is given; `--no-name`, true unless it is given. */
  flags: string;
  description: string;
  /** Undefined: there is no such option unless it is given. */
  preset?: string | number | boolean;
  /** How help shows `preset`, where not as it is. */
  presetText?: string;
  choices?: readonly string[];
  /** Names of options that exclude it. */
  conflicts?: readonly string[];
  /** The value is a time such as `8s`, and becomes ms. */
  isDuration?: boolean;
}

/** Of every command that shows a certificate. What is not given is found as DIRAC finds it. */
export const CREDENTIAL_FLAGS: readonly Flag[] = [
  { flags: '--cert <file>', description: 'PEM certificate to show, with --key (a host certificate: says "hosts")' },
  { flags: '--key <file>', description: 'PEM private key of --cert' },
  {
    flags: '--proxy <file>',
    description: 'grid proxy to show: one file with certificate, key and chain',
    conflicts: ['cert', 'key'],
  },
  { flags: '--ca-dir <dir>', description: 'CA directory with <hash>.0 files' },
  { flags: '--no-verify', description: "do not check the services' certificates" },
  {
    flags: '--crl <policy>',
    description: 'what a CRL past its next update, or not signed by its CA, means',
    choices: ['fail', 'warn', 'ignore'],
    preset: 'warn',
  },
  {
    flags: '--legacy-tls',
    description: 'also TLS 1.0, weak ciphers and SHA-1, for services of the pyGSI days',
    preset: false,
  },
  { flags: '--gsi-names', description: 'also believe certificates whose CN is host/NAME', preset: false },
  {
    flags: '--allow-open-key',
    description: 'take a private key that everybody on this machine can read',
    preset: false,
  },
  { flags: '--extra-credentials <who>', description: 'what to say of ourselves', choices: ['hosts', 'none'] },
];

/** `--timeout` with what it is when it is not given, as help shows it and in ms. */
export function timeoutFlag(presetText: string, preset: number): Flag {
  return {
    flags: '--timeout <time>',
    description: 'for a whole ping, from DNS to the last byte',
    isDuration: true,
    preset,
    presetText,
  };
}

export const SELF_PING_FLAGS: readonly Flag[] = [
  timeoutFlag('8s', 8_000),
  {
    flags: '--server-name <name>',
    description: "name to check the service's certificate for; without it only the chain is checked",
  },
  ...CREDENTIAL_FLAGS,
];

export const HEALTHCHECK_FLAGS: readonly Flag[] = [
  { flags: '--url <url>', description: 'what to ask', preset: 'http://127.0.0.1:1234/self' },
];
