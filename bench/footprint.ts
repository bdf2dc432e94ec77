import { setTimeout as sleep } from 'node:timers/promises';
import { pingUrls, startCallers } from './httpCost.ts';
import type { ServicePeer } from './peers/servicePeer.ts';
import { startProbeProcess } from './probeProcess.ts';
import type { BenchPki } from './rig.ts';
import { judgeFigure, type Verdict } from './verdict.ts';

const IDLE_MS = 3_000;
const PINGS_PER_SECOND = 100;
const CALLERS = 100;
const LOOK_MS = 500;
const MAX_RSS_MEGABYTES = 90;

/** Resident memory of the built `serve`, idle and then under 100 checks a second; the most that was seen. */
export async function benchFootprint(pki: BenchPki, peer: ServicePeer, seconds: number): Promise<Verdict[]> {
  const { cert, key, caDir } = pki.files;
  const serve = await startProbeProcess([
    ...['serve', '--listen', '127.0.0.1:0', '--cert', cert, '--key', key, '--ca-dir', caDir],
  ]);
  const callers = startCallers();
  try {
    await sleep(IDLE_MS);
    const idle = serve.stat().rssMegabytes;
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, serve.stat().rssMegabytes);
    }, LOOK_MS);
    const requests = Math.ceil(seconds * PINGS_PER_SECOND);
    const urls = pingUrls(serve, peer.ports[0] as number, CALLERS);
    const { statuses } = await callers.run({ urls, requests, perSecond: PINGS_PER_SECOND });
    clearInterval(look);
    if (statuses[200] !== requests) throw new Error(`callers were answered ${JSON.stringify(statuses)}`);
    return [
      judgeFigure('serve idle, RSS', idle, MAX_RSS_MEGABYTES, 'MB'),
      judgeFigure(`serve at 100 pings/s for ${seconds.toFixed(0)} s, RSS`, most, MAX_RSS_MEGABYTES, 'MB'),
    ];
  } finally {
    await Promise.all([serve.stop(), callers.close()]);
  }
}
