import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { startFakeCluster } from './cluster.ts';
import { machine } from './machine.ts';
import { buildDist, type ProbeProcess, startProbeProcess } from './probeProcess.ts';
import { type BenchPki, createBenchPki, SERVER_NAME } from './rig.ts';
import { formatMinutes, judgeScale, type Minute, type ScaleRun } from './scaleReport.ts';
import { formatVerdicts } from './verdict.ts';

/*
 * npm run bench:scale: the built `dips-probe run` with two ping workers against a fake cluster, all answering, on this machine.
 * npm run bench:soak: the same for half an hour and fewer targets. Writes bench/NAME.json.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    targets: { type: 'string', default: '10000' },
    interval: { type: 'string', default: '20' },
    workers: { type: 'string', default: '2' },
    name: { type: 'string', default: 'scale' },
  },
});
const minutes = Number(values.minutes);
const targets = Number(values.targets);
const intervalMs = Number(values.interval) * 1000;
/** In the first round nothing is compiled yet, and every target is new. */
const warmUpMs = intervalMs + 5_000;

console.log(`${machine()}\n${targets} targets, every ${values.interval} s, ${values.workers} ping workers`);
buildDist();
const pki = await createBenchPki('p256');
const cluster = await startFakeCluster(pki, targets);
const probe = await startProbeProcess(['run', '--config', writeConfig(pki)]);
await sleep(warmUpMs);
await Promise.all([cluster.forget(), probe.scrape()]);
const run: ScaleRun = { machine: machine(), targets, intervalMs, minutes: [], arrivals: [] };
for (let minute = 0; minute < minutes; minute++) {
  const taken = await takeMinute(probe);
  run.minutes.push(taken);
  console.log(formatMinutes([taken], minute === 0));
}
run.arrivals = await cluster.arrivals();
await probe.stop();
await cluster.close();
pki.close();

const verdicts = judgeScale(run);
console.log(`\n${formatVerdicts(verdicts)}`);
const { arrivals, ...rest } = run;
const file = new URL(`${values.name}.json`, import.meta.url);
writeFileSync(file, `${JSON.stringify({ takenAt: new Date().toISOString(), ...rest, verdicts }, null, 2)}\n`);
console.log(`\n${arrivals.length} targets; written to bench/${values.name}.json`);

function writeConfig({ files }: BenchPki): string {
  const config = join(files.caDir, '../run.yaml');
  const { cert, key, caDir } = files;
  writeFileSync(
    config,
    stringify({
      credentials: { cert, key, caDir },
      http: { listen: '127.0.0.1:0' },
      ping: { interval: `${values.interval}s`, workers: Number(values.workers) },
      targets: cluster.urls.map((target) => ({ target, serverName: SERVER_NAME })),
    }),
  );
  return config;
}

/** Sleeps for a minute and says what happened in it. */
async function takeMinute(probe: ProbeProcess): Promise<Minute> {
  const [before, cpuBefore, clusterBefore] = [await probe.scrape(), probe.stat().cpuMs, await cluster.cpuMs()];
  const startedAt = performance.now();
  await sleep(60_000);
  const after = await probe.scrape();
  const elapsedMs = performance.now() - startedAt;
  const stat = probe.stat();
  const risen = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const pings = [...after.keys()].filter((name) => name.startsWith('dips_probe_pings_total{'));
  const ok = risen('dips_probe_pings_total{reason="ok"}');
  const overload = risen('dips_probe_pings_total{reason="overload"}');
  return {
    ok,
    overload,
    failed: pings.reduce((sum, name) => sum + risen(name), 0) - ok - overload,
    overruns: risen('dips_probe_overruns_total'),
    loopDelayP99Ms: (after.get('dips_probe_event_loop_delay_seconds{quantile="0.99"}') ?? Number.NaN) * 1000,
    rssMegabytes: stat.rssMegabytes,
    fds: stat.fds,
    cpuCores: (stat.cpuMs - cpuBefore) / elapsedMs,
    clusterCpuCores: ((await cluster.cpuMs()) - clusterBefore) / elapsedMs,
  };
}
