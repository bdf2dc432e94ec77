import assert from 'node:assert/strict';
import { after, type TestContext } from 'node:test';
import { bring, start, testWith } from './rig/availability.ts';
import { startCadvisor, waitForSamples } from './rig/cadvisor.ts';
import { runContainer } from './rig/containers.ts';
import { debianPrograms } from './rig/debian.ts';
import { bringDocker, startDocker } from './rig/dockerRig.ts';
import { assertExactlyOnce } from './rig/exactlyOnce.ts';
import { type OnceRun, startOnceRun } from './rig/onceRun.ts';
import { type OnceStore, startInfluxStore, startVictoriaStore } from './rig/onceStores.ts';
import { makeGridPki } from './rig/pki.ts';
import { waitUntil } from './rig/processes.ts';

/*
 * Every sample that a real cAdvisor holds of real containers comes into the store once, and nothing else does, while the store stops, the
 * product is killed and cAdvisor restarts. A witness reads cAdvisor beside the product and tells what must be there. Not required:
 * - of what cAdvisor held before the first start, anything but the newest (that is what a first start sends);
 * - what cAdvisor took after the last look before its restart, because nobody can say whether the product had time to read it; and what
 *   it took after the last look before the end. What of these is stored must have cAdvisor's values all the same.
 * DIPS_PROBE_ONCE_MINUTES: how long the whole run takes (default 2); cAdvisor forgets after 2 minutes, so that no outage may
 * come near that: at 10 minutes the product is down for half a minute at a time. DIPS_PROBE_ONCE_STORE: with which store (default InfluxDB).
 */

/** Of each source; one is taken every second or two. */
const MIN_REQUIRED = 8;

const MINUTES = Number(process.env.DIPS_PROBE_ONCE_MINUTES ?? 2);
const STORES = {
  'InfluxDB 1.6': startInfluxStore,
  'VictoriaMetrics v1': (programs: string) => startVictoriaStore(programs, 1),
  'VictoriaMetrics v2': (programs: string) => startVictoriaStore(programs, 2),
};
const STORE = process.env.DIPS_PROBE_ONCE_STORE ?? 'InfluxDB 1.6';
assert.ok(STORE in STORES, `DIPS_PROBE_ONCE_STORE is ${STORE}: expected one of ${Object.keys(STORES).join(', ')}`);
const startStore = STORES[STORE as keyof typeof STORES];

const pki = await makeGridPki();

const brought = await bring('cAdvisor 0.38 with Docker 20.10, InfluxDB 1.6 and VictoriaMetrics', async () => ({
  docker: await bringDocker(),
  stores: await debianPrograms('bookworm'),
  cadvisor: await debianPrograms('bullseye'),
}));
const rig = await start(brought, async (programs) => {
  const dockerd = await startDocker(programs.docker);
  after(() => dockerd.stop());
  const components = ['DataManagement/FileCatalog', 'WorkloadManagement/JobManager', 'Framework/Monitoring'];
  for (const [index, component] of components.entries()) await runService(`mesos-${index}-service`, component);
  await runService('mesos-3-agent', 'Transformation/TransformationAgent');
  await runContainer(dockerd, { name: 'mesos-4-unlabelled', labels: {} });
  await runContainer(dockerd, { name: 'elsewhere', labels: { dirac_component: 'DataManagement/FileCatalog' } });

  function runService(name: string, component: string) {
    return runContainer(dockerd, { name, labels: { dirac_component: component } });
  }

  const cadvisor = await startCadvisor(programs.cadvisor, dockerd);
  const ready = { programs, dockerd, cadvisorPrograms: programs.cadvisor, cadvisor, pki, runService };
  after(() => ready.cadvisor.stop());
  await waitForSamples(cadvisor, components.length + 3);
  return ready;
});

testWith(rig, `${STORE}: each sample once in a run of ${MINUTES} minutes`, async (ready, t) => {
  const store = await startStore(ready.programs.stores);
  t.after(() => store.stop());
  const run = await startOnceRun(t, 'whole', Object.assign(ready, { store }));
  await follow(t, run, MINUTES * 60_000, [
    { at: 0.1, what: 'kill -9', act: run.product.kill },
    { at: 0.15, what: 'start again', act: async () => run.product.start() },
    { at: 0.2, what: 'the store stops', act: store.stop },
    { at: 0.28, what: 'kill -9 with the store away', act: run.product.kill },
    { at: 0.31, what: 'start again', act: async () => run.product.start() },
    { at: 0.4, what: 'the store is back', act: store.startAgain },
    { at: 0.5, what: 'cAdvisor restarts', act: run.restartCadvisor },
    { at: 0.55, what: 'a new container', act: () => ready.runService('mesos-9-late', 'Framework/Late') },
    { at: 0.6, what: 'the store stops', act: store.stop },
    {
      at: 0.75,
      what: 'the store is back, and kill -9 when the first points arrive',
      act: () => backAndKill(store, run),
    },
    { at: 0.78, what: 'start again', act: async () => run.product.start() },
    { at: 0.95, what: 'the end', act: async () => {} },
  ]);
  await check(t, run, store);
});

for (const version of [1, 2] as const) {
  testWith(rig, `VictoriaMetrics, dialect v${version}: each sample once`, async (ready, t) => {
    const store = await startVictoriaStore(ready.programs.stores, version);
    t.after(() => store.stop());
    const run = await startOnceRun(t, `victoria-v${version}`, Object.assign(ready, { store }));
    await follow(t, run, 30_000, [
      { at: 0.2, what: 'VictoriaMetrics stops', act: store.stop },
      { at: 0.4, what: 'kill -9', act: run.product.kill },
      { at: 0.5, what: 'start again', act: async () => run.product.start() },
      { at: 0.7, what: 'VictoriaMetrics is back', act: store.startAgain },
    ]);
    await check(t, run, store);
  });
}

interface Step {
  /** As a share of the duration. */
  at: number;
  what: string;
  act: () => Promise<unknown>;
}

async function follow(t: TestContext, run: OnceRun, durationMs: number, steps: Step[]): Promise<void> {
  for (const { at, what, act } of steps) {
    await run.lookUntil(at * durationMs);
    t.diagnostic(`${Math.round((at * durationMs) / 1000)} s: ${what}`);
    await act();
  }
}

/** Kills the product as soon as what it kept begins to arrive. */
async function backAndKill(store: OnceStore, run: OnceRun): Promise<void> {
  await store.startAgain();
  const received = async () => (await store.pointsReceived()) ?? (await store.points()).length;
  const before = await received();
  const arrives = async () => (await received()) > before || undefined;
  await waitUntil('what was kept begins to arrive', arrives, { process: run.product.process(), deadlineMs: 60_000 });
  await run.product.kill();
}

async function check(t: TestContext, run: OnceRun, store: OnceStore): Promise<void> {
  const counts = await run.finish();
  t.diagnostic(`the last process at its end: ${JSON.stringify(counts)}`);
  const points = await store.points();
  const verdict = assertExactlyOnce(run.witness, points, store.pointsOf);
  t.diagnostic(`${JSON.stringify(verdict)}; ${points.length} points stored, ${await store.pointsReceived()} received`);
  assert.ok(verdict.fewest >= MIN_REQUIRED, 'too few samples of a source to prove anything');
  const { accepted, ...others } = counts;
  assert.deepEqual(others, { rejected: 0, dropped: 0, kept: 0 });
  assert.ok(!run.product.logs().includes(store.secret), 'no secret in the logs');
}
