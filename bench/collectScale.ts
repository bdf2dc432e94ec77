import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { startCadvisorCluster } from './cadvisorCluster.ts';
import { type CollectMinute, type CollectRun, formatCollectMinutes, judgeCollect } from './collectReport.ts';
import { machine } from './machine.ts';
import { buildDist, type ProbeProcess, startProbeProcess } from './probeProcess.ts';
import { type BenchPki, createBenchPki } from './rig.ts';
import { formatVerdicts } from './verdict.ts';

/*
 * npm run bench:collect: the built `dips-probe run` collects from a fake cluster of cAdvisors on this machine and writes to a fake InfluxDB.
 * Writes bench/NAME.json.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '1000' },
    containers: { type: 'string', default: '50' },
    interval: { type: 'string', default: '10' },
    workers: { type: 'string', default: '1' },
    name: { type: 'string', default: 'collect' },
  },
});
const nodes = Number(values.nodes);
const containers = Number(values.containers);
const intervalMs = Number(values.interval) * 1000;
/** In the first round nothing is compiled yet and every connection is new; RSS takes some rounds to find its level. */
const warmUpMs = 3 * intervalMs + 5_000;

console.log(
  `${machine()}\n${nodes} nodes of ${containers} containers, every ${values.interval} s, ${values.workers} threads`,
);
buildDist();
const pki = await createBenchPki('p256');
const cluster = await startCadvisorCluster(nodes, { containers, stepMs: intervalMs });
const probe = await startProbeProcess(['run', '--config', writeConfig(pki)]);
await sleep(warmUpMs);
await probe.scrape();
const run: CollectRun = {
  machine: machine(),
  nodes,
  containers,
  intervalMs,
  minutes: [],
  total: { samples: 0, written: 0 },
};
for (let minute = 0; minute < Number(values.minutes); minute++) {
  const taken = await takeMinute(probe);
  run.minutes.push(taken);
  console.log(formatCollectMinutes([taken], minute === 0));
}
const samples = (await probe.scrape()).get('dips_probe_collect_samples_total') ?? Number.NaN;
await probe.stop();
const { written, connections } = await cluster.counts();
run.total = { samples, written };
await cluster.close();
pki.close();

const verdicts = judgeCollect(run);
console.log(`\n${formatVerdicts(verdicts)}`);
const file = new URL(`${values.name}.json`, import.meta.url);
writeFileSync(
  file,
  `${JSON.stringify({ takenAt: new Date().toISOString(), ...run, connections, verdicts }, null, 2)}\n`,
);
console.log(`\n${connections} connections; written to bench/${values.name}.json`);

function writeConfig({ files }: BenchPki): string {
  const { cert, key, caDir } = files;
  const config = join(caDir, '../run.yaml');
  writeFileSync(
    config,
    stringify({
      credentials: { cert, key, caDir },
      http: { listen: '127.0.0.1:0' },
      collect: { nodes: cluster.nodes, interval: `${values.interval}s`, workers: Number(values.workers) },
      influx: { host: '127.0.0.1', port: cluster.influxPort, database: 'bench' },
      spool: { path: join(caDir, '../spool.sqlite') },
    }),
  );
  return config;
}

/** Sleeps for a minute and says what happened in it. */
async function takeMinute(probe: ProbeProcess): Promise<CollectMinute> {
  const [before, cpuBefore, clusterBefore] = [await probe.scrape(), probe.stat().cpuMs, await cluster.counts()];
  const startedAt = performance.now();
  await sleep(60_000);
  const [after, clusterAfter] = [await probe.scrape(), await cluster.counts()];
  const elapsedMs = performance.now() - startedAt;
  const { cpuMs, rssMegabytes, fds } = probe.stat();
  const risen = (name: string) => (after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN);
  return {
    rounds: risen('dips_probe_collect_rounds_total{outcome="ok"}'),
    failed: risen('dips_probe_collect_rounds_total{outcome="failed"}'),
    skipped: risen('dips_probe_collect_rounds_total{outcome="skipped"}'),
    samples: risen('dips_probe_collect_samples_total'),
    written: clusterAfter.written - clusterBefore.written,
    megabytes: risen('dips_probe_collect_bytes_total') / 1e6,
    loopDelayP99Ms: (after.get('dips_probe_event_loop_delay_seconds{quantile="0.99"}') ?? Number.NaN) * 1000,
    rssMegabytes,
    fds,
    cpuCores: (cpuMs - cpuBefore) / elapsedMs,
    clusterCpuCores: (clusterAfter.cpuUs - clusterBefore.cpuUs) / 1000 / elapsedMs,
  };
}
