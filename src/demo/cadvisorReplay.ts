import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import docker from './bodies/docker.json' with { type: 'json' };
import machine from './bodies/machine.json' with { type: 'json' };

export interface CadvisorReplay {
  /** `127.0.0.1:port`, as a node is written in the configuration. */
  node: string;
  close(): Promise<void>;
}

/** The parts of a sample that move. */
interface Sample {
  timestamp: string;
  cpu: { usage: { total: number; user: number; per_cpu_usage?: number[] } };
  network?: { interfaces?: { rx_bytes: number; tx_bytes: number }[] };
}

/** A quarter of a core. */
const CPU_NS_PER_MS = 250_000;
const NETWORK_BYTES_PER_MS = 20;

/** Serves recorded cAdvisor answers on 127.0.0.1 as if they were of now: one sample a container, of the second just begun. */
export async function startCadvisorReplay(): Promise<CadvisorReplay> {
  const startedMs = Date.now();
  const server = createServer((request, response) => {
    const recorded = request.url?.startsWith('/api/v1.3/docker') ? docker : machine;
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(recorded, (key, value) => (key === 'stats' ? [moveSample(value.at(-1), startedMs)] : value)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    node: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The sample at the last full second, its counters grown by the time since the start. */
function moveSample(recorded: Sample, startedMs: number): Sample {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const elapsedMs = Math.max(0, nowMs - startedMs);
  const sample = structuredClone(recorded);
  sample.timestamp = new Date(nowMs).toISOString();
  const { usage } = sample.cpu;
  const cpus = usage.per_cpu_usage ?? [];
  usage.total += elapsedMs * CPU_NS_PER_MS;
  usage.user += elapsedMs * CPU_NS_PER_MS;
  usage.per_cpu_usage = cpus.map((ns) => ns + Math.round((elapsedMs * CPU_NS_PER_MS) / cpus.length));
  for (const card of sample.network?.interfaces ?? []) {
    card.rx_bytes += elapsedMs * NETWORK_BYTES_PER_MS;
    card.tx_bytes += elapsedMs * NETWORK_BYTES_PER_MS;
  }
  return sample;
}
