import { fileURLToPath } from 'node:url';
import type { ProbeResult } from '../../../src/model/result.ts';
import { type Finished, type RunningProcess, runToEnd, startProcess } from './processes.ts';

const main = fileURLToPath(new URL('../../../src/entrypoint/main.ts', import.meta.url));

/** Variables that would lead the product to this machine's own credentials: emptied unless a test sets them. */
const NO_CREDENTIALS = {
  X509_USER_PROXY: '',
  GRID_PROXY_FILE: '',
  X509_CERT_DIR: '',
  DIRAC_X509_HOST_CERT: '',
  DIRAC_X509_HOST_KEY: '',
  DIRACSYSCONFIG: '',
  DIRAC_ROOT_PATH: '/nonexistent',
  HOME: '/nonexistent',
};

type Environment = Record<string, string>;

/** Runs the command line to its end. */
export function dipsProbe(args: string[], env: Environment = {}): Promise<Finished> {
  return runToEnd(process.execPath, [main, ...args], { env: { ...NO_CREDENTIALS, ...env } });
}

/** Starts a command that runs until it is stopped. */
export function startDipsProbe(name: string, args: string[], env: Environment = {}): RunningProcess {
  const command = process.execPath;
  return startProcess({ name, command, args: [main, ...args], env: { ...NO_CREDENTIALS, ...env } });
}

/** `ping --json` of one target: its result, the exit code, and what was said on stderr. */
export async function pingJson(
  url: string,
  args: string[],
  env: Environment = {},
): Promise<{ result: ProbeResult; code: number; stderr: string }> {
  const { code, stdout, stderr } = await dipsProbe(['ping', url, '--json', ...args], env);
  const lines = stdout.trim().split('\n');
  if (lines.length !== 1 || lines[0] === '')
    throw new Error(`ping --json: expected one line, got ${stdout}; stderr: ${stderr}`);
  return { result: JSON.parse(lines[0] as string) as ProbeResult, code, stderr };
}
