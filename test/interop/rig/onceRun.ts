import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cadvisor, startCadvisor } from './cadvisor.ts';
import { HOST } from './comparison.ts';
import { startDipsProbe } from './dipsProbe.ts';
import type { Dockerd } from './dockerd.ts';
import type { OnceStore } from './onceStores.ts';
import type { GridPki } from './pki.ts';
import { type RunningProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';
import { type SourceTimes, startWitness, type Witness } from './witness.ts';

/** Of what the product is made to do, and of what cAdvisor is seen to hold meanwhile. */
export interface OnceRun {
  witness: Witness;
  /** `dips-probe run` dies at once, by SIGKILL. */
  kill(): Promise<void>;
  start(): void;
  /** Looks at cAdvisor until so many ms after the start, more often than it forgets. */
  lookUntil(sinceStartMs: number): Promise<void>;
  /** Waits until all that cAdvisor holds now is in the store, and requires it from now on. The product and the store must be up. */
  settle(): Promise<void>;
  /** Stops cAdvisor by its pid and starts it again on the same port. */
  restartCadvisor(): Promise<void>;
  /** Settles, then ends the product by SIGTERM; resolves to the counts that it says at its end. */
  finish(): Promise<Record<string, number>>;
  /** All that the product logged, in all its starts. */
  logs(): string;
}

interface OnceRig {
  dockerd: Dockerd;
  cadvisorPrograms: string;
  /** The one that runs now. */
  cadvisor: Cadvisor;
  pki: GridPki;
  store: OnceStore;
}

const LOOK_EVERY_MS = 15_000;

/**
 * Starts the product on the rig's cAdvisor and the store, and waits for its first samples of every source. Of what cAdvisor held before,
 * it has to send no more than the newest of each source.
 */
export async function startOnceRun(t: TestContext, name: string, rig: OnceRig): Promise<OnceRun> {
  const { store } = rig;
  const config = writeConfig(rig);
  const runs: RunningProcess[] = [];
  const current = () => runs.at(-1) as RunningProcess;
  t.after(() => current().stop());
  const start = () => void runs.push(startDipsProbe(`run-${name}`, ['run', '--config', config]));
  const witness = startWitness(HOST);

  const heldBefore = await witness.look(rig.cadvisor);
  witness.excuse();
  const startedAtMs = performance.now();
  start();
  const first = await waitUntil('the first samples of every source are stored', () => firstTimes(store, heldBefore), {
    process: current(),
    deadlineMs: 60_000,
  });
  for (const [source, timeNs] of first) {
    const newestBefore = (heldBefore.get(source) ?? 0n) / store.resolutionNs;
    assert.ok(timeNs >= newestBefore, `${source || 'the machine'}: only the newest of what cAdvisor held at the start`);
  }
  await witness.look(rig.cadvisor);
  witness.excuse(new Map([...first].map(([source, time]) => [source, time * store.resolutionNs])));

  async function settle(): Promise<void> {
    const upTo = await witness.look(rig.cadvisor);
    const open = witness.samples.filter(({ claim }) => claim === 'open');
    const allStored = async () => {
      const times = await store.sampleTimes();
      const missing = open.filter(({ source, timeNs }) => !times.has(`${source} ${timeNs / store.resolutionNs}`));
      const [first] = missing;
      if (!first) return true;
      const when = new Date(Number(first.timeNs / 1_000_000n)).toISOString();
      const which = `one of ${when} of ${first.source || 'the machine'}`;
      throw new Error(`${missing.length} of ${open.length} samples are not stored, such as ${which}`);
    };
    await waitUntil('all that cAdvisor held is stored', allStored, { process: current(), deadlineMs: 60_000 });
    witness.require(upTo);
  }

  return {
    witness,
    start,
    settle,
    async kill() {
      current().signal('SIGKILL');
      await current().stop();
    },
    async lookUntil(sinceStartMs) {
      for (;;) {
        const leftMs = startedAtMs + sinceStartMs - performance.now();
        if (leftMs <= 0) return;
        await sleep(Math.min(leftMs, LOOK_EVERY_MS));
        await witness.look(rig.cadvisor);
      }
    },
    async restartCadvisor() {
      await settle();
      const fromNs = await witness.look(rig.cadvisor);
      witness.excuse(); // what the product has not read by now is lost with cAdvisor's memory
      await rig.cadvisor.stop();
      witness.blindSpots.push({ fromNs, toNs: BigInt(Date.now()) * 1_000_000n });
      rig.cadvisor = await startCadvisor(rig.cadvisorPrograms, rig.dockerd, rig.cadvisor.port);
    },
    async finish() {
      await settle();
      await current().stop();
      await witness.look(rig.cadvisor);
      witness.excuse(); // samples of the last seconds
      return stoppedCounts(readFileSync(current().logPath, 'utf8'));
    },
    logs: () => runs.map(({ logPath }) => readFileSync(logPath, 'utf8')).join(''),
  };
}

function writeConfig({ cadvisor, pki, store }: OnceRig): string {
  const dir = temporaryDir('once');
  const path = join(dir, 'run.yaml');
  const config = {
    credentials: { ...pki.host, caDir: pki.caDir },
    http: { listen: '127.0.0.1:0' },
    collect: { nodes: [`${HOST}:${cadvisor.port}`], interval: '2s', timeout: '1900ms' },
    influx: store.config,
    spool: { path: join(dir, 'spool.sqlite') },
  };
  writeFileSync(path, JSON.stringify(config)); // JSON is YAML
  return path;
}

/** The first stored time of each source, in units of the store's resolution; undefined as long as one has none. */
async function firstTimes(store: OnceStore, sources: SourceTimes): Promise<Map<string, bigint> | undefined> {
  const first = new Map<string, bigint>();
  for (const entry of await store.sampleTimes()) {
    const [source = '', text = ''] = entry.split(' ');
    const time = BigInt(text);
    if (time < (first.get(source) ?? time + 1n)) first.set(source, time);
  }
  return [...sources.keys()].every((source) => first.has(source)) ? first : undefined;
}

/** Of the line that `run` logs at its end. */
function stoppedCounts(log: string): Record<string, number> {
  const line = log.split('\n').find((text) => text.includes('"msg":"stopped"'));
  if (!line) throw new Error(`no line "stopped" in the log, which ends:\n${log.slice(-2000)}`);
  return (JSON.parse(line) as { points: Record<string, number> }).points;
}
