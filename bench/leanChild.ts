import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LEAN_FLAGS } from '../src/entrypoint/leanHeap.ts';

/**
 * Runs a file of ours in a process that starts as the command does (decision 36), with numbers as its arguments; returns what it prints, which is
 * one value in JSON. Rejects where it ends with another exit code, with what it said.
 */
export async function runLean(command: keyof typeof LEAN_FLAGS, file: string, args: readonly number[]) {
  const { stdout } = await promisify(execFile)(process.execPath, [...LEAN_FLAGS[command], file, ...args.map(String)]);
  return JSON.parse(stdout) as unknown;
}
