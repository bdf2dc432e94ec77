import { formatTarget } from '../src/model/target.ts';
import { ARRIVAL_FIELDS } from './peers/nativePeer.ts';
import { type ServicePeer, startServicePeer } from './peers/servicePeer.ts';
import { type BenchPki, benchTarget, OPENSSL_CHOICES } from './rig.ts';

/** Services that answer at once, in C, in several processes on the last core: ports × names give the targets. */
export interface FakeCluster {
  /** As `run` takes them. */
  urls: string[];
  /** What came to each target since the last `forget`. */
  arrivals(): Promise<Arrival[]>;
  forget(): Promise<void>;
  /** Of all its processes, since their start. */
  cpuMs(): Promise<number>;
  close(): Promise<void>;
}

export interface Arrival {
  pings: number;
  /** Times between two pings of it; 0 = there were no two. */
  minGapMs: number;
  maxGapMs: number;
}

const PROCESSES = 2;
const SERVICES_PER_PORT = 100;

export async function startFakeCluster(pki: BenchPki, targets: number): Promise<FakeCluster> {
  const portCount = Math.ceil(targets / SERVICES_PER_PORT / PROCESSES);
  const start = { ...pki.host, caPem: pki.caPem, ...OPENSSL_CHOICES, portCount, targets };
  const peers: ServicePeer[] = await Promise.all(Array.from({ length: PROCESSES }, () => startServicePeer(start)));
  const ports = peers.flatMap((peer) => peer.ports);
  const urls = Array.from({ length: targets }, (_, index) =>
    formatTarget(benchTarget(ports[Math.floor(index / SERVICES_PER_PORT)] as number, index)),
  );
  const counts = () => Promise.all(peers.map((peer) => peer.counts()));
  return {
    urls,
    arrivals: async () => {
      const tables = (await counts()).map((each) => each.arrivals);
      return urls.map((_, index) => readArrival(tables, index));
    },
    forget: async () => void (await Promise.all(peers.map((peer) => peer.forget()))),
    cpuMs: async () => (await counts()).reduce((sum, { cpuUs }) => sum + cpuUs / 1000, 0),
    close: async () => void (await Promise.all(peers.map((peer) => peer.close()))),
  };
}

/** A target is served by one process; in the tables of the others it is zero. */
function readArrival(tables: Float64Array[], index: number): Arrival {
  const at = index * ARRIVAL_FIELDS;
  const table = tables.find((each) => (each[at] ?? 0) > 0);
  return { pings: table?.[at] ?? 0, minGapMs: table?.[at + 2] ?? 0, maxGapMs: table?.[at + 3] ?? 0 };
}
