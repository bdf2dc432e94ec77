import { writeFileSync } from 'node:fs';
import { benchCollectPaths } from './collectPaths.ts';
import { benchDiracClient } from './diracClient.ts';
import { benchFootprint } from './footprint.ts';
import { benchHttpCost } from './httpCost.ts';
import { machine } from './machine.ts';
import { benchMicro } from './micro.ts';
import { benchParse } from './parse.ts';
import { startServicePeer } from './peers/servicePeer.ts';
import { benchPingCost } from './pingCost.ts';
import { buildDist } from './probeProcess.ts';
import { createBenchPki, OPENSSL_CHOICES } from './rig.ts';
import { benchScheduledCost } from './scheduledCost.ts';
import { benchSelfPing } from './selfPingTime.ts';
import { benchSpool } from './spool.ts';
import { formatMicro, formatSamples } from './tables.ts';
import { formatVerdicts, type Verdict } from './verdict.ts';

/*
 * npm run bench: prints tables and writes bench/results.json. Times are of this machine at this moment: compare rows of one run,
 * never digits of two. BENCH_SECONDS scales it.
 */

/** Many and short: the machine's speed changes by the minute, and a median is of what all rounds have in common. */
const ROUNDS = 15;
const scale = Number(process.env.BENCH_SECONDS ?? 240) / 240;
const pings = (count: number) => Math.max(50, Math.ceil(count * scale));

const title = machine();
console.log(title);
buildDist();
const micro = await benchMicro(1_000 * scale);
console.log(`\n${formatMicro(micro)}`);
const parse = await benchParse(60 * scale);
console.log(`\n${formatSamples(parse.rows)}`);
const paths = await benchCollectPaths(scale);
console.log(`\n${formatSamples(paths.rows)}`);
const spool = await benchSpool(30 * scale);
console.log(`\n${formatSamples(spool.rows)}`);

const pki = await createBenchPki('rsa2048');
const peer = await startServicePeer({ ...pki.host, caPem: pki.caPem, ...OPENSSL_CHOICES, portCount: 1, targets: 1000 });
const cost = await benchPingCost(ROUNDS, pings(700));
console.log(`\n${formatSamples(cost.rows)}`);
const scheduled = await benchScheduledCost(15_000 * scale);
const http = await benchHttpCost(ROUNDS, pings(700));
console.log(`\n${formatSamples(http.rows)}`);
const footprint = await benchFootprint(pki, peer, 60 * scale);
const selfPing = await benchSelfPing(pki, peer, 15);
await peer.close();
pki.close();
const dirac = await benchDiracClient(5, pings(600));
console.log(`\n${formatSamples(dirac.rows)}`);

const verdicts: Verdict[] = [
  ...cost.verdicts,
  scheduled,
  ...dirac.verdicts,
  ...http.verdicts,
  ...footprint,
  ...selfPing,
  ...parse.verdicts,
  ...paths.verdicts,
  ...spool.verdicts,
];
console.log(`\n${formatVerdicts(verdicts)}`);
const results = {
  machine: title,
  takenAt: new Date().toISOString(),
  micro,
  rows: { ...cost.rows, ...http.rows, ...dirac.rows, ...parse.rows, ...paths.rows, ...spool.rows },
  verdicts,
};
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
console.log('\nwritten to bench/results.json');
