import { parseNode } from '../cadvisor/node.ts';
import { PRIVATE_NETWORKS } from '../config/allowRules.ts';
import type { ListenAddress } from '../config/listen.ts';
import { type DemoCluster, startDemoCluster } from '../demo/cluster.ts';
import { startSqliteSink } from '../influx/sqliteSink.ts';
import { ORIGINAL_FORMAT } from '../model/lineFormat.ts';
import { DEFAULT_LIMITS, type StateLimits } from '../model/stateLimits.ts';
import { formatTarget } from '../model/target.ts';
import { createLog } from './log.ts';
import { formatTable } from './resultTable.ts';
import { startStation } from './station.ts';
import { stopSignal } from './stopSignal.ts';

const INTERVAL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const REDRAW_MS = 1_000;
/** Where the output is no terminal it is a log: a table now and then. */
const REPRINT_MS = 10_000;
const MAX_ROWS = 100_000;
const MAX_IN_FLIGHT = 64;
const MAX_BODY_BYTES = 2 ** 20;
/** So that the slow service of the cluster is called degraded. */
const LIMITS: StateLimits = { ...DEFAULT_LIMITS, degradedOverMs: 1_000 };

/** `dips-probe demo`: the real engine on a small cluster of our own, until a signal stops it. */
export async function demo({ listen }: { listen: ListenAddress }): Promise<number> {
  const stopped = stopSignal();
  const cluster = await startDemoCluster();
  try {
    await watchCluster(cluster, listen, stopped);
  } finally {
    await cluster.close();
  }
  process.stdout.write('\nstopped.\n');
  return 0;
}

async function watchCluster(cluster: DemoCluster, listen: ListenAddress, stopped: Promise<unknown>): Promise<void> {
  const store = startSqliteSink({ path: ':memory:', maxRows: MAX_ROWS });
  const station = await startStation({
    credential: cluster.credential,
    targets: cluster.targets.map(({ target }) => ({
      target,
      intervalMs: INTERVAL_MS,
      timeoutMs: TIMEOUT_MS,
      limits: LIMITS,
    })),
    allow: PRIVATE_NETWORKS,
    ping: { timeoutMs: TIMEOUT_MS, workers: 1, maxInFlight: MAX_IN_FLIGHT, jitter: 0, limits: LIMITS },
    collect: {
      nodes: cluster.nodes.map(parseNode),
      intervalMs: INTERVAL_MS,
      timeoutMs: TIMEOUT_MS,
      workers: 1,
      maxBytes: MAX_BODY_BYTES,
      format: ORIGINAL_FORMAT,
    },
    stores: { sinks: { store }, marks: [], influx: null, history: null, close: store.close },
    http: { listen, statusProfile: 'legacy' },
    reload: null,
    log: createLog('error'),
  });
  process.stdout.write(introduce(cluster, station.url));
  const live = startTable(() => {
    const { accepted, rejected, dropped, kept } = station.counts();
    return `${formatTable(station.statuses().flatMap(({ result }) => result ?? []))}\npoints: ${accepted} stored, ${rejected} rejected, ${dropped} dropped, ${kept} waiting`;
  });
  await stopped;
  live.stop();
  await station.close();
}

function introduce({ targets, nodes }: DemoCluster, url: string): string {
  const [first] = targets;
  const { host = '', port = 0, service = '' } = first?.target ?? {};
  const stories = targets.map(({ target, story }) => `  ${formatTarget(target)}  ${story}`).join('\n');
  return `dips-probe demo: a small DIRAC cluster on this machine, and the engine that watches it.

Services, on throw-away certificates, pinged every ${INTERVAL_MS / 1000} s:
${stories}
cAdvisor, recorded answers replayed with moving times, read every ${INTERVAL_MS / 1000} s: ${nodes.join(', ')}
Points go to SQLite in memory, in place of InfluxDB.

Try, in another terminal:
  curl -i '${url}/ping?host=${host}&port=${port}&service=${service}'
  curl -s '${url}/ping?host=${host}&port=${port}&service=${service}&format=json'
  curl -s ${url}/api/v1/targets
  curl -s ${url}/self

Ctrl-C stops it.

`;
}

/** Draws the text over itself on a terminal, prints it now and then elsewhere. */
function startTable(render: () => string): { stop(): void } {
  const { isTTY } = process.stdout;
  let height = 0;
  const timer = setInterval(draw, isTTY ? REDRAW_MS : REPRINT_MS);
  function draw() {
    const text = render();
    // Up to the first line of the last drawing, and clear from there.
    if (isTTY && height > 0) process.stdout.write(`\x1b[${height}A\x1b[J`);
    process.stdout.write(`${text}\n`);
    height = text.split('\n').length;
  }
  return { stop: () => clearInterval(timer) };
}
