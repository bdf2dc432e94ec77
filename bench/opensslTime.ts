import { execFileSync } from 'node:child_process';
import type { BenchPki } from './rig.ts';
import type { Variant } from './rounds.ts';

/**
 * `openssl s_time` with our certificate, in rounds of so many seconds: what another driver of OpenSSL (the system's, of another
 * version) makes of the same handshake, one at a time, without a message. User CPU only: it counts no other. Null without openssl.
 */
export function opensslTime(
  { files }: BenchPki,
  port: number,
  seconds: number,
): { name: string; variant: Variant } | null {
  const { cert, key, caFile } = files;
  const connect = ['s_time', '-new', '-connect', `127.0.0.1:${port}`, '-time', `${seconds}`];
  const args = [...connect, '-cert', cert, '-key', key, '-CAfile', caFile, '-verify', '3'];
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' }).split(' ').slice(0, 2).join(' ');
    return { name: `openssl s_time, ${version}, no messages, user CPU`, variant: () => readTimes(args) };
  } catch {
    return null;
  }
}

function readTimes(args: string[]) {
  const said = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [, connections, userSeconds] = /(\d+) connections in ([\d.]+)s;/.exec(said) ?? [];
  const [, realConnections, realSeconds] = /(\d+) connections in (\d+) real seconds/.exec(said) ?? [];
  if (Number(connections) < 1) throw new Error(`openssl s_time made no connection: ${said}`);
  return {
    cpuUs: (Number(userSeconds) * 1e6) / Number(connections),
    perSecond: Number(realConnections) / Number(realSeconds),
  };
}
