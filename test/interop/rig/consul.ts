import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { startProcess, waitUntil } from './processes.ts';

export type CheckStatus = 'passing' | 'warning' | 'critical';

/** A check as Consul's catalog has it. */
export interface ConsulCheck {
  CheckID: string;
  Status: CheckStatus;
  /** `HTTP GET <url>: <status line> Output: <body>`, cut at 4096 bytes. */
  Output: string;
  /** The raft index of its last change: it grows when status or output changed. */
  ModifyIndex: number;
}

export interface Consul {
  /** Has Consul GET `url` every second; not 2xx is critical, 429 is warning. */
  register(name: string, url: string): Promise<void>;
  check(name: string): Promise<ConsulCheck>;
  stop(): Promise<void>;
}

/** Starts a one-node Consul in memory; `programs` is the folder that holds `consul`. */
export async function startConsul(programs: string): Promise<Consul> {
  const [http, dns, server, serfLan, serfWan] = (await freePorts(5)) as [number, number, number, number, number];
  // check_update_interval 0: a changed output reaches the catalog at once, instead of after 5 minutes.
  const hcl = 'disable_update_check = true check_update_interval = "0s"';
  const ports = { http, dns, grpc: -1, server, 'serf-lan': serfLan, 'serf-wan': serfWan };
  const portArgs = Object.entries(ports).map(([name, port]) => `-${name}-port=${port}`);
  const args = ['agent', '-dev', '-bind=127.0.0.1', '-client=127.0.0.1', '-node=rig', ...portArgs, '-hcl', hcl];
  const process = startProcess({ name: 'consul', command: join(programs, 'consul'), args });
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${http}/v1${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) throw new Error(`Consul ${method} ${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const hasLeader = async () => (await ask('GET', '/status/leader')) !== '""' || undefined;
  await waitUntil('Consul elects itself', hasLeader, { process });
  return {
    async register(name, url) {
      // Timeout 10s is Consul's default; Interval 1s instead of the deployment's 20s.
      await ask('PUT', '/agent/check/register', { Name: name, HTTP: url, Interval: '1s', Timeout: '10s' });
    },
    async check(name) {
      const checks = JSON.parse(await ask('GET', '/health/node/rig')) as ConsulCheck[];
      const found = checks.find(({ CheckID }) => CheckID === name);
      if (!found) throw new Error(`Consul has no check ${name} yet`);
      return found;
    },
    stop: process.stop,
  };
}
