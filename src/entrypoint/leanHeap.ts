/*
 * `serve` is to live within 100 MB (the Marathon limit of the pinger it replaces), of which Node's own pages are 50. Resident, measured: at 100 pings a
 * second 134 MB as Node starts and 83 to 89 MB with these; `run` with 10,000 targets every 20 s 458 MB and 283 MB (docs/performance.md).
 */
const FLAGS = [
  // Of 16 MB. What a closed connection holds outside V8's heap goes when its young generation is next cleared.
  '--max-semi-space-size=1',
  // What these compilers take stays in the allocator's hands, some 25 MB. OpenSSL does most of the work: a request takes no more CPU without them.
  '--no-maglev',
  '--no-opt',
  '--optimize-for-size',
];

/**
 * Starts this program again in the same process, with a small heap: its young generation can be bounded only at the start. Process id,
 * arguments, environment and standard streams stay. Returns where that was done already, or cannot be (Windows).
 */
export function startLean(): void {
  const isLean = process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'));
  if (isLean || !process.execve || process.platform === 'win32') return;
  process.execve(process.execPath, [process.execPath, ...FLAGS, ...process.execArgv, ...process.argv.slice(1)]);
}
