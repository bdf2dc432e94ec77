import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServicePeer } from './peers/servicePeer.ts';
import { BUILT_MAIN, SOURCE_MAIN } from './probeProcess.ts';
import { type BenchPki, benchTarget } from './rig.ts';
import { median } from './rounds.ts';
import { judgeRatio, type Verdict } from './verdict.ts';

const TLS_ONLY = fileURLToPath(new URL('tlsOnly.mjs', import.meta.url));
const MAX_RATIO = 1.5;

/** Wall time of whole processes, in turns: `self-ping` as built, and from source, against `node` with node:tls alone. */
export async function benchSelfPing(pki: BenchPki, peer: ServicePeer, rounds: number): Promise<Verdict[]> {
  const port = peer.ports[0] as number;
  const { cert, key, caDir, caFile } = pki.files;
  const target = `${port}/${benchTarget(port, 0).service}`;
  const selfPing = ['self-ping', target, '--cert', cert, '--key', key, '--ca-dir', caDir];
  const programs = {
    tlsOnly: [TLS_ONLY, cert, key, caFile, `${port}`],
    built: [BUILT_MAIN, ...selfPing],
    source: [SOURCE_MAIN, ...selfPing],
  };
  const takenMs: Record<keyof typeof programs, number[]> = { tlsOnly: [], built: [], source: [] };
  for (let round = -1; round < rounds; round++) {
    for (const name of Object.keys(programs) as (keyof typeof programs)[]) {
      const ms = await runNode(programs[name]);
      if (round >= 0) takenMs[name].push(ms);
    }
  }
  const [peerMs, builtMs, sourceMs] = [median(takenMs.tlsOnly), median(takenMs.built), median(takenMs.source)];
  return [
    judgeRatio('self-ping as built, against node:tls alone', builtMs, peerMs, MAX_RATIO, 'ms'),
    judgeRatio('self-ping from source, against node:tls alone', sourceMs, peerMs, MAX_RATIO, 'ms'),
  ];
}

/** How long a program takes from its start to its end; rejects unless it ends well. */
function runNode(args: string[]): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, _stdout, stderr) => {
      if (error) reject(new Error(`${args[0]}: ${stderr || error.message}`));
      else resolve(performance.now() - startedAt);
    });
  });
}
