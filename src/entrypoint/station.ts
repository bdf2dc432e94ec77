import type { Logger } from 'pino';
import type { CadvisorNode } from '../cadvisor/node.ts';
import type { ListenAddress } from '../config/listen.ts';
import { createProbe } from '../engine/admission.ts';
import { createAllowList } from '../engine/allowList.ts';
import { startCollector } from '../engine/collector.ts';
import { guard } from '../engine/gate.ts';
import { startParsePool, startPingPool } from '../engine/pools.ts';
import type { Transition } from '../engine/results.ts';
import { tallyProbe } from '../engine/tally.ts';
import { startWatch, type WatchedTarget } from '../engine/watch.ts';
import { startFront } from '../http/front.ts';
import { pingLine } from '../influx/pingPoint.ts';
import type { Sink, SinkCounts } from '../influx/sink.ts';
import type { AllowRule } from '../model/allowRule.ts';
import type { Credential } from '../model/credential.ts';
import type { ProbeResult } from '../model/result.ts';
import type { CredentialFollow } from './credentialFollow.ts';

export interface StationOptions {
  credential: Credential;
  /** Follows the credential's files, where it has any, and hands on what they become. */
  follow?: (renew: (credential: Credential) => void) => CredentialFollow;
  pingWorkers: number;
  targets: readonly WatchedTarget[];
  /** What HTTP may ask to have pinged besides the targets. */
  allow: readonly AllowRule[];
  collect: { nodes: readonly CadvisorNode[]; intervalMs: number; timeoutMs: number; workers: number };
  sinks: readonly Sink[];
  listen: ListenAddress;
  /** Deadline of the pings that HTTP asks for. */
  timeoutMs: number;
  log: Logger;
}

/** Everything that `run` and `demo` keep going: scheduled pings, collection, sinks and the HTTP front. */
export interface Station {
  url: string;
  latest(): ProbeResult[];
  /** Sums over all sinks. */
  counts(): SinkCounts;
  /** Stops taking work, finishes what is under way, then writes what the sinks keep. */
  close(): Promise<void>;
}

/** Starts it all. Rejects, with nothing left running, where the address cannot be listened on. */
export async function startStation(options: StationOptions): Promise<Station> {
  const { credential, collect, sinks, log } = options;
  const pingPool = startPingPool(credential, options.pingWorkers);
  const follow = options.follow?.(pingPool.renew);
  const judge = createAllowList(
    options.allow,
    options.targets.map(({ target }) => target),
  );
  const { probe, tally } = tallyProbe(createProbe({ ...pingPool, run: guard(pingPool.run, judge) }));
  const watch = startWatch(options.targets, probe, (result, transition) => {
    const line = Buffer.from(pingLine(result, Date.now()));
    for (const sink of sinks) sink.write(line, 1);
    if (transition) logTransition(log, transition);
  });
  const parsePool = startParsePool({ threads: collect.workers });
  const collector = startCollector({ ...collect, parsePool, sinks, log });

  async function closeWork(): Promise<void> {
    follow?.close();
    await Promise.all([watch.close(), collector.close()]);
    await Promise.all([pingPool.close(), parsePool.close()]);
    await Promise.all(sinks.map((sink) => sink.close()));
  }

  const front = await startFront({
    ...options.listen,
    ping: (target) => probe({ target, timeoutMs: options.timeoutMs }),
    results: () => watch.latest(),
    metrics: () => ({ credential: follow?.facts() ?? null, pings: tally }),
  }).catch(async (error) => {
    await closeWork();
    throw error;
  });
  return {
    url: front.url,
    latest: () => watch.latest(),
    counts: () => sumCounts(sinks),
    close: async () => {
      await front.close();
      await closeWork();
    },
  };
}

function logTransition(log: Logger, { result, wasUp }: Transition): void {
  const { target, reason, detail, version } = result;
  if (result.ok) log.info({ target, version }, wasUp === null ? 'up' : 'up again');
  else log.warn({ target, reason, detail }, 'down');
}

function sumCounts(sinks: readonly Sink[]): SinkCounts {
  const sum: SinkCounts = { accepted: 0, rejected: 0, dropped: 0, kept: 0 };
  for (const { counts } of sinks) {
    for (const key of Object.keys(sum) as (keyof SinkCounts)[]) sum[key] += counts[key];
  }
  return sum;
}
