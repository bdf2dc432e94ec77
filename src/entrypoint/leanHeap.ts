/*
 * Node's own pages are 50 MB of whatever these processes take; V8 grows as if the rest of the machine were its own. Measured in
 * docs/decisions/0036-serve-and-run-start-with-a-small-heap.md.
 */
export const LEAN_FLAGS = {
  // Within 100 MB, the Marathon limit of the pinger it replaces: one compiler, in the main thread, is fast enough, and what it frees is used again.
  serve: ['--max-semi-space-size=2', '--no-maglev', '--no-concurrent-recompilation'],
  // MB, of 16. What closed connections hold outside V8's heap goes when its young generation is next cleared; pings under way must not fill it.
  run: ['--max-semi-space-size=4', '--no-maglev', '--no-concurrent-recompilation'],
};

/**
 * Starts this program again in the same process, with a heap that fits the command: the young generation can be bounded only at the start. Process
 * id, arguments, environment and standard streams stay. Returns where that was done already, is not wanted, or cannot be (Windows).
 */
export function startLean(command: string | undefined): void {
  if (command !== 'serve' && command !== 'run') return;
  const isLean = process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'));
  if (isLean || !process.execve || process.platform === 'win32') return;
  process.execve(process.execPath, [
    process.execPath,
    ...LEAN_FLAGS[command],
    ...process.execArgv,
    ...process.argv.slice(1),
  ]);
}
