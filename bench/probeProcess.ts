import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ProcStat, readProcStat } from './procStat.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** As users have it, and as a checkout has it. */
export const BUILT_MAIN = `${ROOT}dist/entrypoint/main.js`;
export const SOURCE_MAIN = `${ROOT}src/entrypoint/main.ts`;

/** As pino numbers the levels. */
const WARN = 40;

/** A `dips-probe serve` or `run` of its own process. */
export interface ProbeProcess {
  url: string;
  pid: number;
  stat(): ProcStat;
  /** `/metrics`: value by name with labels, as it stands there. */
  scrape(): Promise<Map<string, number>>;
  /** SIGTERM; rejects unless it ends with exit code 0. */
  stop(): Promise<void>;
}

/** Compiles dist/, which is what is measured. */
export function buildDist(): void {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (!existsSync(BUILT_MAIN)) throw new Error(`the build left no ${BUILT_MAIN}`);
}

/** Starts it and waits for the line of its log that says where it listens. Its warnings and errors, and what is no line of the log, go to our stderr. */
export async function startProbeProcess(args: string[]): Promise<ProbeProcess> {
  const child = spawn(process.execPath, [BUILT_MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const pid = child.pid as number;
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', (code) => reject(new Error(`dips-probe ${args[0]} ended with ${code}`)));
  createInterface(child.stderr).on('line', (line) => {
    const { level, url } = parseLine(line);
    if (typeof url === 'string') resolve(url);
    if (level === undefined || level >= WARN) console.error(line);
  });
  const url = await listening;
  return {
    url,
    pid,
    stat: () => readProcStat(pid),
    scrape: async () => parseMetrics(await (await fetch(`${url}/metrics`)).text()),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`dips-probe ${args[0]} ended with ${code} on SIGTERM`);
    },
  };
}

/** A line of its log, in JSON; what is none has no level. */
function parseLine(line: string): { level?: number; url?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

function parseMetrics(page: string): Map<string, number> {
  const samples = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
