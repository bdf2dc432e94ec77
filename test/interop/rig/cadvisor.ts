import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { addToCgroups, removeCgroups } from './cgroups.ts';
import { type Container, startDockerEngine } from './dockerEngine.ts';
import { freePort } from './ports.ts';
import { type RunningProcess, startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

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
  containers: Container[];
  /** All samples it holds (2 minutes of them) of the Docker containers and of the machine. */
  read(): Promise<{ docker: ContainerEntry[]; machine: ContainerEntry }>;
  stop(): Promise<void>;
}

const MEMORY_LIMIT_BYTES = 64 << 20;

/** Uses some CPU and ever more memory, about 100 kB/s, so that no two samples are alike. */
const CONTAINER_PROGRAM = 'while :; do ballast="$ballast$(seq 2000)"; sleep 0.1; done';

/** Starts a real cAdvisor 0.38 on containers made by hand: a busy shell in cgroups of its own for each. */
export async function startCadvisor(programs: string, wanted: Pick<Container, 'name' | 'labels'>[]): Promise<Cadvisor> {
  const dir = temporaryDir('cadvisor');
  const shells: RunningProcess[] = [];
  removeCgroups(); // what a killed run left
  const containers = wanted.map(({ name, labels }) => {
    const id = createHash('sha256').update(name).digest('hex');
    const shell = startProcess({ name: 'container', command: 'sh', args: ['-c', CONTAINER_PROGRAM] });
    shells.push(shell);
    addToCgroups(id, shell.pid, MEMORY_LIMIT_BYTES);
    return { id, name, labels, pid: shell.pid };
  });
  const socket = join(dir, 'docker.sock');
  const stopEngine = await startDockerEngine(socket, join(dir, 'docker'), containers);
  const port = await freePort();
  const process = startProcess({
    name: 'cadvisor',
    command: join(programs, 'cadvisor'),
    args: [
      '-listen_ip=127.0.0.1',
      `-port=${port}`,
      '-logtostderr',
      `-docker=unix://${socket}`,
      '-docker_only',
      '-containerd=/nonexistent',
      '-housekeeping_interval=1s',
      '-allow_dynamic_housekeeping=false', // else an idle container's samples come up to a minute apart
    ],
  });
  const read = async () => {
    const [docker, machine] = await Promise.all(['docker', 'containers'].map((path) => post(port, path)));
    return { docker: Object.values(docker as Record<string, ContainerEntry>), machine: machine as ContainerEntry };
  };
  const hasSamples = async () => {
    const { docker, machine } = await read();
    return [...docker, machine].filter(({ stats }) => (stats?.length ?? 0) >= 2).length > wanted.length || undefined;
  };
  await waitUntil('cAdvisor has two samples of each container', hasSamples, { process });
  return {
    port,
    containers,
    read,
    async stop() {
      await process.stop();
      await stopEngine();
      await Promise.all(shells.map((shell) => shell.stop()));
      // A shell's last child outlives it by its 0.1 s, and a cgroup with a process in it cannot be removed.
      await waitUntil('our cgroups are empty and removed', () => removeCgroups() ?? true);
    },
  };
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
