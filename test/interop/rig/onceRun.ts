import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cadvisor, startCadvisor } from './cadvisor.ts';
import { type CollectingRun, createCollectingRun } from './collectingRun.ts';
import { HOST } from './comparison.ts';
import type { Dockerd } from './dockerd.ts';
import type { OnceStore } from './onceStores.ts';
import type { GridPki } from './pki.ts';
import { waitUntil } from './processes.ts';
import { type SourceTimes, startWitness, type Witness } from './witness.ts';

/** What is done to the product, and what cAdvisor is seen to hold meanwhile. */
export interface OnceRun {
  witness: Witness;
  product: CollectingRun;
  /** Looks at cAdvisor until so many ms after the start, more often than it forgets. */
  lookUntil(sinceStartMs: number): Promise<void>;
  /** Waits until all that cAdvisor holds now is in the store, and requires it from now on. The product and the store must be up. */
  settle(): Promise<void>;
  /** Stops cAdvisor by its pid and starts it again on the same port. */
  restartCadvisor(): Promise<void>;
  /** Settles, then ends the product by SIGTERM; resolves to the counts that it says at its end. */
  finish(): Promise<Record<string, number>>;
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
  const product = createCollectingRun(name, `${HOST}:${rig.cadvisor.port}`, store.config, rig.pki);
  const witness = startWitness(HOST);

  const heldBefore = await witness.look(rig.cadvisor);
  witness.excuse();
  const startedAtMs = performance.now();
  product.start();
  t.after(() => product.process().stop());
  const first = await waitUntil('the first samples of every source are stored', () => firstTimes(store, heldBefore), {
    process: product.process(),
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
    await waitUntil('all that cAdvisor held is stored', allStored, { process: product.process(), deadlineMs: 60_000 });
    witness.require(upTo);
  }

  return {
    witness,
    product,
    settle,
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
      const counts = await product.stop();
      await witness.look(rig.cadvisor);
      witness.excuse(); // samples of the last seconds
      return counts;
    },
  };
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
