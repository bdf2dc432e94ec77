import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
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

const ENTRY = fileURLToPath(new URL('serviceProcess.ts', import.meta.url));
/** Whether a process can be told its cores here. */
const CAN_PIN = availableParallelism() > 1 && hasTaskset();
export const PEER_CORE = availableParallelism() - 1;

/** Starts one; `isPinned`: on a core of its own. */
export async function startServicePeer(start: ServiceStart, isPinned = true): Promise<ServicePeer> {
  const command = [...(CAN_PIN && isPinned ? ['taskset', '-c', `${PEER_CORE}`] : []), process.execPath, ENTRY];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // typed arrays stay such
  });
  const ports = (await ask(child, start)) as number[];
  return {
    ports,
    counts: async () => (await ask(child, 'counts')) as ServiceCounts,
    forget: async () => void (await ask(child, 'forget')),
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** Keeps this process, all its threads, on the given cores; does nothing where that cannot be chosen. */
export function pinThisProcess(cores: string): void {
  if (CAN_PIN) execFileSync('taskset', ['-a', '-c', '-p', cores, `${process.pid}`], { stdio: 'pipe' });
}

async function ask(child: ChildProcess, question: ServiceStart | 'counts' | 'forget'): Promise<unknown> {
  child.send(question);
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the process of the fake service ended with ${code}`);
    }),
  ]);
  return answer;
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
