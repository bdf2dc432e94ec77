import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDipsProbe } from './dipsProbe.ts';
import type { GridPki } from './pki.ts';
import type { RunningProcess } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** `dips-probe run` with one node and a spool, in one life after the other. */
export interface CollectingRun {
  /** The process of the life that was begun last. */
  process(): RunningProcess;
  /** Begins a life, with the spool as the one before left it. */
  start(): void;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Ends it by SIGTERM; resolves to what it says then of its points. */
  stop(): Promise<Record<string, number>>;
  /** All that was logged, in all lives. */
  logs(): string;
}

/** `node`: of cAdvisor; `influx`: that part of the configuration. */
export function createCollectingRun(name: string, node: string, influx: object, pki: GridPki): CollectingRun {
  const dir = temporaryDir('run');
  const path = join(dir, 'run.yaml');
  const config = {
    credentials: { ...pki.host, caDir: pki.caDir },
    http: { listen: '127.0.0.1:0' },
    collect: { nodes: [node], interval: '2s', timeout: '1900ms' },
    influx,
    spool: { path: join(dir, 'spool.sqlite') },
  };
  writeFileSync(path, JSON.stringify(config)); // JSON is YAML
  const lives: RunningProcess[] = [];
  const current = () => lives.at(-1) as RunningProcess;
  return {
    process: current,
    start: () => void lives.push(startDipsProbe(`run-${name}`, ['run', '--config', path])),
    async kill() {
      current().signal('SIGKILL');
      await current().stop();
    },
    async stop() {
      await current().stop();
      return stoppedCounts(readFileSync(current().logPath, 'utf8'));
    },
    logs: () => lives.map(({ logPath }) => readFileSync(logPath, 'utf8')).join(''),
  };
}

/** Of the line that `run` logs at its end. */
function stoppedCounts(log: string): Record<string, number> {
  const line = log.split('\n').find((text) => text.includes('"msg":"stopped"'));
  if (!line) throw new Error(`no line "stopped" in the log, which ends:\n${log.slice(-2000)}`);
  return (JSON.parse(line) as { points: Record<string, number> }).points;
}
