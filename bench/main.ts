import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { benchMicro } from './micro.ts';
import { benchPings } from './pings.ts';
import { formatRows } from './table.ts';

/*
 * npm run bench: prints a table and writes bench/results.json. Times are of this machine at this moment: compare rows of one run,
 * never digits of two. BENCH_SECONDS scales it (default about 20 s in all).
 */

const scale = Number(process.env.BENCH_SECONDS ?? 20) / 20;
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;

console.log(machine);
const micro = await benchMicro(1_000 * scale);
console.log(`\n${formatRows(micro)}`);
const pings = await benchPings({ rounds: 5, pingsPerRound: Math.ceil(600 * scale) });
console.log(`\n${formatRows(pings)}`);

const file = new URL('results.json', import.meta.url);
writeFileSync(file, `${JSON.stringify({ machine, takenAt: new Date().toISOString(), micro, pings }, null, 2)}\n`);
console.log('\nwritten to bench/results.json');
