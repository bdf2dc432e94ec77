import { join } from 'node:path';
import type { Dockerd } from './dockerd.ts';
import { freePort, isFree } from './ports.ts';
import { startProcess, waitUntil } from './processes.ts';

/** An entry of cAdvisor's answer; numbers are kept as their exact JSON text, in objects `{number: "12"}`. */
export interface ContainerEntry {
  id?: string;
  name: string;
  aliases?: string[];
  spec: { labels?: Record<string, string> };
  stats?: Sample[];
}

export interface Sample {
  timestamp: string;
  [group: string]: unknown;
}

export interface Cadvisor {
  port: number;
  /** All samples it holds (2 minutes of them) of the Docker containers and of the machine. */
  read(): Promise<{ docker: ContainerEntry[]; machine: ContainerEntry }>;
  /** Resolves when its port is free again. What it held is lost with it. */
  stop(): Promise<void>;
}

/** Starts a real cAdvisor 0.38 that samples the engine's containers once a second. */
export async function startCadvisor(programs: string, dockerd: Dockerd, port?: number): Promise<Cadvisor> {
  const ownPort = port ?? (await freePort());
  const args = [
    '-listen_ip=127.0.0.1',
    `-port=${ownPort}`,
    '-logtostderr',
    `-docker=unix://${dockerd.socket}`,
    '-docker_only',
    '-containerd=/nonexistent',
    '-housekeeping_interval=1s',
    '-allow_dynamic_housekeeping=false', // else an idle container's samples come up to a minute apart
  ];
  const process = startProcess({ name: 'cadvisor', ...dockerd.inside(join(programs, 'cadvisor'), args) });
  const answers = () => fetch(`http://127.0.0.1:${ownPort}/healthz`, { signal: AbortSignal.timeout(1000) });
  await waitUntil('cAdvisor answers', answers, { process });
  return {
    port: ownPort,
    async read() {
      const [docker, machine] = await Promise.all(['docker', 'containers'].map((path) => post(ownPort, path)));
      return { docker: Object.values(docker as Record<string, ContainerEntry>), machine: machine as ContainerEntry };
    },
    async stop() {
      await process.stop();
      // What we started only waits for cAdvisor, which dies a moment later.
      await waitUntil('cAdvisor has let go of its port', async () => ((await isFree(ownPort)) ? true : undefined));
    },
  };
}

/** Waits until it holds two samples of `containers` containers and of the machine. */
export async function waitForSamples({ read }: Cadvisor, containers: number): Promise<void> {
  await waitUntil(`cAdvisor has two samples of ${containers} containers`, async () => {
    const { docker, machine } = await read();
    return [...docker, machine].filter(({ stats }) => (stats?.length ?? 0) >= 2).length > containers || undefined;
  });
}

/** Asks for every sample cAdvisor holds. Numbers above 2^53 occur: their text is kept, JSON.parse would round them. */
async function post(port: number, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1.3/${path}`, {
    method: 'POST',
    body: JSON.stringify({ num_stats: -1 }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`cAdvisor ${path}: ${response.status} ${text}`);
  return JSON.parse(text, (_key, value, context?: { source?: string }) =>
    typeof value === 'number' ? { number: context?.source } : value,
  );
}
