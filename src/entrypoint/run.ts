import type { Logger } from 'pino';
import { ConfigError } from '../config/faults.ts';
import { loadRunConfig, type RunConfig } from '../config/runConfig.ts';
import { HistoryError, type HistoryPool, startHistoryPool } from '../engine/historyPool.ts';
import { startInfluxSink } from '../influx/influxSink.ts';
import type { Sink } from '../influx/sink.ts';
import { startSqliteSink } from '../influx/sqliteSink.ts';
import { followCredential } from './credentialFollow.ts';
import { prepareCredential } from './identity.ts';
import { createLog } from './log.ts';
import { reloadConfig } from './reload.ts';
import { type Station, startStation } from './station.ts';
import { stopSignal } from './stopSignal.ts';
import { tellSystemd } from './systemdNotify.ts';

/** `dips-probe run`: scheduled pings, collection, sinks and the HTTP front, until a signal stops them. SIGHUP reads the file again. */
export async function run({ config: file }: { config: string }): Promise<number> {
  const config = loadRunConfig(file);
  const log = createLog();
  const prepared = await prepareCredential(config.credentials, 'host', (warning) => log.warn(warning));
  const stopped = stopSignal();
  const sinks = startSinks(file, config, log);
  const history = await startHistory(file, config, log).catch(async (error) => {
    await Promise.all(Object.values(sinks).map((sink) => sink.close()));
    throw error;
  });
  const reload = (take: Station['change']) => reloadConfig({ file, started: config, take, log });
  const station = await startStation({
    ...config,
    credential: prepared.credential,
    follow: (renew) => followCredential(prepared, renew, log),
    sinks,
    history,
    reload,
    log,
  });
  const onHangUp = () => reload(station.change);
  process.on('SIGHUP', onHangUp);
  log.info({ url: station.url, targets: config.targets.length, nodes: config.collect.nodes.length }, 'running');
  const systemd = await tellSystemd({ prove: station.prove, log });
  log.info({ signal: await stopped }, 'stopping');
  process.off('SIGHUP', onHangUp);
  await systemd.stopping();
  await station.close();
  log.info({ points: station.counts() }, 'stopped');
  return 0;
}

/** `dips-probe check-config`: says what is wrong with a file of `run`, or that nothing is. Throws ConfigError. */
export async function checkConfig(file: string): Promise<number> {
  const {
    targets,
    collect,
    http: { listen },
  } = loadRunConfig(file);
  process.stdout.write(
    `${file}: fine: ${targets.length} targets, ${collect.nodes.length} nodes, HTTP on ${listen.host}:${listen.port}\n`,
  );
  return 0;
}

function startSinks(file: string, { influx, store }: RunConfig, log: Logger): Record<string, Sink> {
  const sinks: Record<string, Sink> = {};
  try {
    if (store) sinks.store = startSqliteSink({ ...store, log });
  } catch (error) {
    throw new ConfigError(file, [`store.path: ${store?.path} cannot be opened (${(error as Error).message})`]);
  }
  if (influx) sinks.influx = startInfluxSink({ target: influx, log });
  return sinks;
}

async function startHistory(file: string, { history }: RunConfig, log: Logger): Promise<HistoryPool | null> {
  if (!history) return null;
  try {
    return await startHistoryPool({ ...history, log });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new ConfigError(file, [`history.path: ${error.message}`]);
  }
}
