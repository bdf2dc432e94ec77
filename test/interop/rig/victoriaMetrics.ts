import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** One series as /api/v1/export gives it. A line's field becomes the metric `<measurement>_<field>`, its tags labels. */
export interface Series {
  metric: { __name__: string; [label: string]: string };
  values: number[];
  /** Unix time in ms. */
  timestamps: number[];
}

export interface VictoriaMetrics {
  port: number;
  /** All series it holds that match a selector such as `{db="monitoring"}`. */
  export(selector: string): Promise<Series[]>;
  stop(): Promise<void>;
  /** Starts it again where it was, with the data it had. */
  startAgain(): Promise<void>;
}

/** Starts a single-node VictoriaMetrics, which takes InfluxDB's line protocol on /write. */
export async function startVictoriaMetrics(programs: string): Promise<VictoriaMetrics> {
  const dir = temporaryDir('victoria');
  const port = await freePort();
  const args = [
    `-storageDataPath=${dir}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=100y',
    '-search.latencyOffset=0s',
    '-memory.allowedBytes=256MB',
    // A point that is sent twice is one, as in InfluxDB; without it both are kept.
    '-dedup.minScrapeInterval=1ms',
  ];
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`VictoriaMetrics ${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const launch = async () => {
    const process = startProcess({
      name: 'victoria-metrics',
      command: join(programs, 'victoria-metrics'),
      args,
    });
    await waitUntil('VictoriaMetrics answers /health', () => ask('/health'), { process });
    return process;
  };
  let process = await launch();
  return {
    port,
    async export(selector) {
      await ask('/internal/force_flush'); // what was just written is searchable after a second or ten otherwise
      const lines = (await ask(`/api/v1/export?match[]=${encodeURIComponent(selector)}`)).split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Series);
    },
    stop: () => process.stop(),
    async startAgain() {
      process = await launch();
    },
  };
}
