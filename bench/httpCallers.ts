import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, runInLanes } from './rounds.ts';

/*
 * A process of callers as Consul's agents are: each asks for its own service on a new connection, and then again. Told by its
 * parent what to ask for; says how it went.
 */

export interface CallersRun {
  /** A caller each. */
  urls: string[];
  requests: number;
  /** Null: each asks as soon as it is answered. */
  perSecond: number | null;
}

export interface CallersSaid {
  p50Ms: number;
  p99Ms: number;
  elapsedMs: number;
  /** How many answers had which status. */
  statuses: Record<string, number>;
}

process.on('message', async ({ urls, requests, perSecond }: CallersRun) => {
  const statuses: Record<string, number> = {};
  const durationsMs: number[] = [];
  const startedAt = performance.now();
  let started = 0;
  await runInLanes(requests, urls.length, async (lane) => {
    const turnMs = perSecond === null ? 0 : (started++ * 1000) / perSecond;
    const waitMs = startedAt + turnMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const askedAt = performance.now();
    const status = await ask(urls[lane] as string);
    durationsMs.push(performance.now() - askedAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  const elapsedMs = performance.now() - startedAt;
  const said: CallersSaid = {
    p50Ms: quantile(durationsMs, 0.5),
    p99Ms: quantile(durationsMs, 0.99),
    elapsedMs,
    statuses,
  };
  process.send?.(said);
});

/** Longer than any ping may take. */
const SILENT_MS = 30_000;

/**
 * One request on a connection of its own, read to its end; what went wrong stands in for a status. Without node:http, whose client takes as much of
 * the core that the services are on as they do, and slows what is measured on the other.
 */
function ask(url: string): Promise<string> {
  const { hostname: host, port, pathname, search } = new URL(url);
  const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}:${port}\r\nUser-Agent: Consul Health Check\r\nConnection: close\r\n\r\n`;
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => socket.write(head));
    socket.setTimeout(SILENT_MS, () => socket.destroy(new Error(`silent for ${SILENT_MS} ms`)));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1] ?? 'no HTTP answer'));
  });
}
