import { fileURLToPath } from 'node:url';
import { startChildPeer } from '../childPeer.ts';
import type { PeerCredential } from './nativePeer.ts';

export interface ServiceStart extends PeerCredential {
  portCount: number;
  /** How many targets are counted: `Bench/Target00000` and on. */
  targets: number;
}

export interface ServiceCounts {
  /** As NativeService.arrivals. */
  arrivals: Float64Array;
  /** Since the start of the process. */
  cpuUs: number;
}

/** A service in C in a process of its own, on the last core where that can be chosen. */
export interface ServicePeer {
  ports: number[];
  counts(): Promise<ServiceCounts>;
  /** Counts from now on. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export async function startServicePeer(start: ServiceStart): Promise<ServicePeer> {
  const { ask, close } = startChildPeer(fileURLToPath(new URL('serviceProcess.ts', import.meta.url)));
  return {
    ports: (await ask(start)) as number[],
    counts: async () => (await ask('counts')) as ServiceCounts,
    forget: async () => void (await ask('forget')),
    close,
  };
}
