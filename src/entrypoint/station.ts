import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { ListenAddress } from '../config/listen.ts';
import type { PingConfig, RunConfig } from '../config/runConfig.ts';
import { createAllowList } from '../engine/allowList.ts';
import { startCollector } from '../engine/collector.ts';
import { startWatch, type Watch, type WatchChange, type WatchedTarget } from '../engine/watch.ts';
import { startFront } from '../http/front.ts';
import type { AskedPing, PingAnswer, ReloadOutcome, StatusProfile } from '../http/frontOptions.ts';
import { startLineBatch } from '../influx/lineBatch.ts';
import { pingLine } from '../influx/pingPoint.ts';
import type { Sink, SinkCounts } from '../influx/sink.ts';
import type { AllowRule } from '../model/allowRule.ts';
import type { ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';
import type { HistoryEntry, TargetStatus, Transition } from '../model/targetState.ts';
import { type Pinger, type PingerOptions, startPinger, toAnswer } from './pinger.ts';
import type { Stores } from './stores.ts';

/** How long the point of a ping waits for others. */
const LINE_WAIT_MS = 1_000;

/** What can change while it runs. */
export interface StationSettings {
  targets: readonly WatchedTarget[];
  /** What HTTP may ask to have pinged besides the targets. */
  allow: readonly AllowRule[];
  ping: PingConfig;
}

export interface StationOptions extends StationSettings, Pick<PingerOptions, 'credential' | 'follow'> {
  collect: RunConfig['collect'];
  stores: Stores;
  http: { listen: ListenAddress; statusProfile: StatusProfile };
  /** Reads the configuration again and gives it to `change`; null: there is none to read. */
  reload: ((change: Station['change']) => ReloadOutcome) | null;
  log: Logger;
}

/** Everything that `run` and `demo` keep going: scheduled pings, collection, sinks and the HTTP front. */
export interface Station {
  url: string;
  statuses(): TargetStatus[];
  /** Sums over all sinks. */
  counts(): SinkCounts;
  /** Takes other targets, rules, limits and deadlines; of `ping` its threads, cap and jitter stay as they were started. */
  change(settings: StationSettings): WatchChange;
  /** As Pinger.prove. */
  prove: Pinger['prove'];
  /** Stops taking work, finishes what is under way, then writes what the sinks keep. */
  close(): Promise<void>;
}

/** Starts it all. Rejects, with nothing left running, where the address cannot be listened on. */
export async function startStation(options: StationOptions): Promise<Station> {
  const { credential, follow, collect, stores, log, http, reload } = options;
  const { history } = stores;
  const sinks = Object.values(stores.sinks);
  const lines = startLineBatch(sinks, LINE_WAIT_MS);
  let settings: StationSettings = options;
  let judge = createJudge(settings);
  const { workers, maxInFlight, jitter } = settings.ping;
  const pinger = startPinger({ credential, follow, workers, maxInFlight, judge: (target) => judge(target) });
  const watch = startWatch({
    targets: settings.targets,
    probe: pinger.probe,
    // Another seed in each process: two probers that were started at once do not stay in step.
    jitter: { share: jitter, seed: randomInt(2 ** 32) },
    onResult: (target, result, atMs) => {
      if (sinks.length > 0) lines.add(pingLine(target, result, atMs));
      history?.append(toEntry(result, atMs));
    },
  });
  watch.subscribe((transition) => {
    logTransition(log, transition);
    history?.appendTransition(transition);
  });
  const collector = startCollector({ ...collect, marks: stores.marks, sinks, log });

  function change(changed: StationSettings): WatchChange {
    settings = changed;
    judge = createJudge(changed);
    return watch.set(changed.targets);
  }

  async function closeWork(): Promise<void> {
    await Promise.all([watch.close(), collector.close()]);
    await pinger.close();
    lines.close();
    await stores.close();
  }

  const front = await startFront({
    ...http.listen,
    statusProfile: http.statusProfile,
    ping: (asked) => pingOrLook(asked, pinger, watch, settings.ping),
    watch: {
      statuses: watch.statuses,
      subscribe: watch.subscribe,
      history: async (...query) => (history ? await history.query(...query) : { entries: [], transitions: [] }),
    },
    reload: reload ? async () => reload(change) : undefined,
    notReady: pinger.notReady,
    metrics: () => ({
      ...pinger.facts(),
      schedule: watch.counts(),
      history: history?.counts ?? null,
      collector: collect.nodes.length > 0 ? collector : null,
      sinks: Object.entries(stores.sinks).map(([name, { counts }]) => ({ name, counts })),
      influx: stores.influx,
    }),
  }).catch(async (error) => {
    await closeWork();
    throw error;
  });
  return {
    url: front.url,
    statuses: watch.statuses,
    counts: () => sumCounts(sinks),
    change,
    prove: pinger.prove,
    close: async () => {
      await front.close();
      await closeWork();
    },
  };
}

function createJudge({ allow, targets }: StationSettings) {
  return createAllowList(
    allow,
    targets.map(({ target }) => target),
  );
}

/**
 * What HTTP asks for: the newest scheduled result where that is young enough, else a ping. Of a watched target a ping is as the
 * scheduled ones are, so that they share one that is under way.
 */
async function pingOrLook(
  { target, timeoutMs = Number.POSITIVE_INFINITY, maxAgeMs = -1 }: AskedPing,
  pinger: Pinger,
  watch: Watch,
  { timeoutMs: ownTimeoutMs, limits }: PingConfig,
): Promise<PingAnswer> {
  const url = formatTarget(target);
  const watched = watch.find(url);
  const limitsInForce = watched?.limits ?? limits;
  const newest = watch.newest(url);
  if (newest && newest.ageMs <= maxAgeMs) return toAnswer(newest.result, newest.ageMs, limitsInForce);
  const result = await pinger.probe({
    target,
    timeoutMs: Math.min(timeoutMs, ownTimeoutMs, watched?.timeoutMs ?? ownTimeoutMs),
    serverName: watched?.serverName,
  });
  return toAnswer(result, null, limitsInForce);
}

function toEntry({ target, ok, reason, detail, timingsMs }: ProbeResult, atMs: number): HistoryEntry {
  return { target, atMs, ok, reason, detail, totalMs: timingsMs.total };
}

function logTransition(log: Logger, { target, from, to, reason, detail }: Transition): void {
  if (to === 'up') log.info({ target }, from === null ? 'up' : 'up again');
  else log.warn({ target, reason, detail }, to);
}

function sumCounts(sinks: readonly Sink[]): SinkCounts {
  const sum: SinkCounts = { accepted: 0, rejected: 0, dropped: 0, kept: 0 };
  for (const { counts } of sinks) {
    for (const key of Object.keys(sum) as (keyof SinkCounts)[]) sum[key] += counts[key];
  }
  return sum;
}
