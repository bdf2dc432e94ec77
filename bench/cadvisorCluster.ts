import { fileURLToPath } from 'node:url';
import type { NodeShape } from './cadvisorAnswer.ts';
import { startChildPeer } from './childPeer.ts';

export interface ClusterStart {
  nodes: number;
  shape: NodeShape;
}

/** Since the start. */
export interface ClusterCounts {
  /** Answered by its nodes; two make a round. */
  requests: number;
  /** In the answers, those among them that had been given before. */
  samples: number;
  /** Of answers. */
  bytes: number;
  /** To its nodes. */
  connections: number;
  /** Samples that came to its InfluxDB, by their lines of `cpu`. */
  written: number;
  cpuUs: number;
}

/** cAdvisors that answer at once, and an InfluxDB that takes everything, in a process of their own on the last core. */
export interface CadvisorCluster {
  /** `127.0.0.1:port`, as `run` takes them. */
  nodes: string[];
  influxPort: number;
  counts(): Promise<ClusterCounts>;
  close(): Promise<void>;
}

export async function startCadvisorCluster(nodes: number, shape: NodeShape): Promise<CadvisorCluster> {
  const { ask, close } = startChildPeer(fileURLToPath(new URL('peers/cadvisorProcess.ts', import.meta.url)));
  const { ports, influxPort } = (await ask({ nodes, shape } satisfies ClusterStart)) as {
    ports: number[];
    influxPort: number;
  };
  return {
    nodes: ports.map((port) => `127.0.0.1:${port}`),
    influxPort,
    counts: async () => (await ask('counts')) as ClusterCounts,
    close,
  };
}
