import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProcess, waitUntil } from './processes.ts';

const script = fileURLToPath(new URL('./blackHole.py', import.meta.url));

/** A port of 127.0.0.1 whose SYNs are dropped, so that a TCP connect neither succeeds nor is refused. */
export async function startBlackHole(): Promise<{ port: number; stop(): Promise<void> }> {
  const process = startProcess({ name: 'black-hole', command: 'python3', args: [script] });
  const readPort = () => Number(readFileSync(process.logPath, 'utf8').trim()) || undefined;
  const port = await waitUntil('the black hole says its port', readPort, { process });
  return { port, stop: process.stop };
}
