import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { logDir } from './cache.ts';

/** A real service the rig started. Its output goes to `logPath`. */
export interface RunningProcess {
  pid: number;
  logPath: string;
  /** True once it has ended, whoever ended it. */
  hasExited(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, SIGKILL after 5 s; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface ProcessStart {
  /** Names the log file: `<test file>.<name>.<n>.log` for the n-th start of that name. */
  name: string;
  command: string;
  args: string[];
  /** Added to this process's own environment. */
  env?: Record<string, string>;
}

/** How often each name was started. */
const starts = new Map<string, number>();

/**
 * Starts a program that dies with this process, even with a killed one: `setpriv --pdeathsig` execs the program, so the
 * pid is the program's own. Its standard input stays open until then.
 */
export function startProcess({ name, command, args, env = {} }: ProcessStart): RunningProcess {
  mkdirSync(logDir, { recursive: true });
  const start = (starts.get(name) ?? 0) + 1;
  starts.set(name, start);
  const logPath = join(logDir, `${basename(argv[1] ?? 'rig').replace(/\..*/, '')}.${name}.${start}.log`);
  const log = openSync(logPath, 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  // A service whose start failed half-way is stopped by nobody: it must not keep the test process alive.
  child.unref();
  (child.stdin as Socket).unref();
  if (child.pid === undefined) throw new Error(`${name}: cannot start setpriv (Debian package util-linux)`);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid,
    logPath,
    hasExited,
    signal: (signalName) => void child.kill(signalName),
    async stop() {
      if (hasExited()) return;
      child.kill('SIGTERM');
      child.kill('SIGCONT'); // a frozen process would never see the SIGTERM
      const killLater = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(killLater);
    },
  };
}

/**
 * Asks `probe` every 50 ms until it gives a value, and returns that. Throws, naming `what` and the last error, after
 * `deadlineMs`, or at once with the log's end when `process` is given and has ended.
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { deadlineMs = 20_000, process }: { deadlineMs?: number; process?: RunningProcess } = {},
): Promise<T> {
  const giveUpAt = performance.now() + deadlineMs;
  let lastError: unknown;
  while (performance.now() < giveUpAt) {
    if (process?.hasExited()) throw new Error(`${what}: the process ended; its log ends:\n${logEnd(process)}`);
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      lastError = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: lastError });
}

export interface Finished {
  /** Exit code; 128 + n when signal n ended it, as a shell has it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, or to ours. Throws only when it cannot be started or runs longer than `timeoutMs`. */
export function runToEnd(
  command: string,
  args: string[],
  { env = {}, timeoutMs = 60_000 }: { env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Finished> {
  const options = {
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    maxBuffer: 64 << 20,
    encoding: 'utf8' as const,
  };
  return new Promise((resolve, reject) => {
    execFile('setpriv', ['--pdeathsig', 'KILL', command, ...args], options, (error, stdout, stderr) => {
      const code = error?.code ?? 0;
      if (typeof code === 'number' && !error?.killed) resolve({ code, stdout, stderr });
      else reject(new Error(`${command} ${args.join(' ')}: ${error?.message}\n${stderr.slice(-2000)}`));
    });
  });
}

/** The same for set-up steps, which must succeed: returns stdout, throws with the end of stderr otherwise. */
export async function runOrThrow(...run: Parameters<typeof runToEnd>): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(...run);
  if (code !== 0) throw new Error(`${run[0]} ${run[1].join(' ')}: exit ${code}\n${stderr.slice(-2000)}`);
  return stdout;
}

function logEnd({ logPath }: RunningProcess): string {
  return readFileSync(logPath, 'utf8').slice(-2000);
}
