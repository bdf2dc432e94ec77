import { machine } from './machine.ts';
import { benchMicro } from './micro.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import { benchPingCost } from './pingCost.ts';
import { createBenchPki } from './rig.ts';
import { formatMicro, formatSamples } from './tables.ts';
import { formatVerdicts, type Verdict } from './verdict.ts';

/*
 * npm run bench: prints tables and writes bench/results.json. Times are of this machine at this moment: compare rows of one run,
 * never digits of two. BENCH_SECONDS scales it.
 */

const scale = Number(process.env.BENCH_SECONDS ?? 240) / 240;
const pings = (count: number) => Math.max(50, Math.ceil(count * scale));

console.log(machine());
const micro = await benchMicro(1_000 * scale);
console.log(`\n${formatMicro(micro)}`);

const pki = await createBenchPki('rsa2048');
const peer = await startServicePeer({ ...pki.host, caPem: pki.caPem, groups: null, portCount: 1, targets: 1000 });
const verdicts: Verdict[] = [];
const cost = await benchPingCost(pki, peer, { rounds: 5, pingsPerRound: pings(2000) });
console.log(`\n${formatSamples(cost.rows)}`);
verdicts.push(...cost.verdicts);
await peer.close();
pki.close();

console.log(`\n${formatVerdicts(verdicts)}`);
