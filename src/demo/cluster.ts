import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Credential } from '../model/credential.ts';
import type { Target } from '../model/target.ts';
import { type CadvisorReplay, startCadvisorReplay } from './cadvisorReplay.ts';
import { type DipsService, type DipsServiceOptions, startDipsService } from './dipsService.ts';
import { createThrowAwayCa, throwAwayCredential } from './pki.ts';

/** A small cluster on this machine, with a little of everything that happens in a large one. */
export interface DemoCluster {
  targets: { target: Target; story: string }[];
  nodes: string[];
  credential: Credential;
  close(): Promise<void>;
}

const SLOW_MS = 1_500;

/** What is started, and what each is there to show. */
const SERVICES: (Omit<DipsServiceOptions, 'tls'> & { story: string })[] = [
  {
    service: 'DataManagement/FileCatalog',
    encoding: 'json',
    version: '9.0.0',
    story: 'healthy, answers JSON as DIRAC 9 does',
  },
  {
    service: 'WorkloadManagement/JobManager',
    encoding: 'dencode',
    version: '8.0.55',
    story: 'healthy, answers DEncode as DIRAC 8 does',
  },
  {
    service: 'RequestManagement/ReqManager',
    encoding: 'dencode',
    version: 'v7r1p47',
    story: 'healthy, of the Python 2 days',
  },
  { service: 'Framework/Monitoring', delayMs: SLOW_MS, story: `slow: answers after ${SLOW_MS} ms` },
  { service: 'Framework/ProxyManager', unauthorized: true, story: 'refuses: its configuration bars us' },
];

/** Starts services on throw-away certificates and a replayed cAdvisor, all on 127.0.0.1, and finds a port where nothing listens. */
export async function startDemoCluster(): Promise<DemoCluster> {
  const ca = await createThrowAwayCa();
  const [hostPair, ownPair] = await Promise.all([ca.issue(), ca.issue({ commonName: 'dips-probe-demo' })]);
  const started: (DipsService | CadvisorReplay)[] = [];
  const targets: DemoCluster['targets'] = [];
  for (const { story, ...options } of SERVICES) {
    const service = await startDipsService({ ...options, tls: { ...hostPair, caPem: ca.caPem } });
    started.push(service);
    targets.push({ target: targetOf(service.port, options.service), story });
  }
  targets.push({ target: targetOf(await findDeadPort(), 'Configuration/Server'), story: 'dead: nothing listens' });
  const cadvisor = await startCadvisorReplay();
  started.push(cadvisor);
  return {
    targets,
    nodes: [cadvisor.node],
    credential: throwAwayCredential(ownPair, ca),
    close: async () => {
      await Promise.all(started.map((part) => part.close()));
    },
  };
}

function targetOf(port: number, service: string): Target {
  return { scheme: 'dips', host: 'localhost', port, service };
}

/** A port that was free a moment ago. */
async function findDeadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
