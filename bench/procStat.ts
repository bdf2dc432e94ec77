import { readdirSync, readFileSync } from 'node:fs';

/** What Linux says of a running process. */
export interface ProcStat {
  rssMegabytes: number;
  /** User and system, all threads, since its start; 10 ms fine. */
  cpuMs: number;
  fds: number;
}

/** Jiffies of /proc are 100 a second on every Linux that Node runs on. */
const MS_PER_TICK = 10;

export function readProcStat(pid: number): ProcStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything, in parentheses: state is the 3rd field, utime and stime the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const rssKilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return {
    rssMegabytes: (rssKilobytes * 1024) / 1e6,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
    fds: readdirSync(`/proc/${pid}/fd`).length,
  };
}
