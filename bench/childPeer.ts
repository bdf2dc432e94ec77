import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Whether a process can be told its cores here. */
const CAN_PIN = availableParallelism() > 1 && hasTaskset();
/** Whatever is compared runs alone on the first core, and what it talks to on the last. */
export const PEER_CORE = `${availableParallelism() - 1}`;
export const OWN_CORE = '0';
export const ALL_CORES = `${OWN_CORE}-${PEER_CORE}`;

/** A Node process of ours that answers one message for each it is sent, on the last core where that can be chosen. */
export interface ChildPeer {
  ask(question: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export function startChildPeer(file: string): ChildPeer {
  const command = [...(CAN_PIN ? ['taskset', '-c', PEER_CORE] : []), process.execPath, file];
  const child: ChildProcess = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // typed arrays stay such
  });
  const ended = once(child, 'exit');
  return {
    ask: async (question) => {
      child.send(question as object);
      const [answer] = await Promise.race([
        once(child, 'message'),
        ended.then(([code]) => {
          throw new Error(`${file} ended with ${code}`);
        }),
      ]);
      return answer;
    },
    close: async () => {
      child.disconnect();
      await ended;
    },
  };
}

/** Keeps a process, all its threads, on the given cores; does nothing where that cannot be chosen. */
export function pin(cores: string, pid = process.pid): void {
  if (CAN_PIN) execFileSync('taskset', ['-a', '-c', '-p', cores, `${pid}`], { stdio: 'pipe' });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
