import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { ConfigError } from '../config/faults.ts';
import { loadRunConfig, type RunConfig } from '../config/runConfig.ts';
import type { WatchChange } from '../engine/watch.ts';
import type { ReloadOutcome } from '../http/frontOptions.ts';

/** What is made once, when the process starts: a changed value is told, and waits for the next start. */
const FIXED: Record<string, (config: RunConfig) => unknown> = {
  credentials: ({ credentials }) => credentials,
  'http.listen': ({ http }) => http.listen,
  'http.statusProfile': ({ http }) => http.statusProfile,
  'ping.workers': ({ ping }) => ping.workers,
  'ping.maxInFlight': ({ ping }) => ping.maxInFlight,
  'ping.jitter': ({ ping }) => ping.jitter,
  collect: ({ collect }) => collect,
  influx: ({ influx }) => influx,
  store: ({ store }) => store,
  history: ({ history }) => history,
};

export interface ReloadOptions {
  file: string;
  /** What the process was started with. */
  started: RunConfig;
  /** Takes what can change while it runs: targets, what is allowed, deadlines and limits. */
  take(config: RunConfig): WatchChange;
  log: Logger;
}

/** Reads the file again. One with faults is not taken, in no part; all its faults are in the log and in the answer. */
export function reloadConfig({ file, started, take, log }: ReloadOptions): ReloadOutcome {
  let config: RunConfig;
  try {
    config = loadRunConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ file, faults: error.faults }, 'configuration not taken, the old one stays in use');
    return { faults: error.faults, needsRestart: [] };
  }
  const needsRestart = Object.keys(FIXED).filter(
    (key) => !isDeepStrictEqual(FIXED[key]?.(config), FIXED[key]?.(started)),
  );
  const { added, changed, removed } = take(config);
  log.info({ file, targets: { all: config.targets.length, added, changed, removed } }, 'configuration taken');
  if (needsRestart.length > 0)
    log.warn({ file, keys: needsRestart }, 'these keys changed, and count only after a restart');
  return { faults: [], needsRestart };
}
