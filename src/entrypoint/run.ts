import { loadRunConfig } from '../config/runConfig.ts';
import { followCredential } from './credentialFollow.ts';
import { prepareCredential } from './identity.ts';
import { createLog } from './log.ts';
import { reloadConfig } from './reload.ts';
import { type Station, startStation } from './station.ts';
import { stopSignal } from './stopSignal.ts';
import { startStores } from './stores.ts';
import { tellSystemd } from './systemdNotify.ts';

/** `dips-probe run`: scheduled pings, collection, sinks and the HTTP front, until a signal stops them. SIGHUP reads the file again. */
export async function run({ config: file }: { config: string }): Promise<number> {
  const config = loadRunConfig(file);
  const log = createLog();
  const prepared = await prepareCredential(config.credentials, 'host', (warning) => log.warn(warning));
  const stopped = stopSignal();
  const stores = await startStores(file, config, log);
  const reload = (take: Station['change']) => reloadConfig({ file, started: config, take, log });
  const station = await startStation({
    ...config,
    credential: prepared.credential,
    follow: (renew) => followCredential(prepared, renew, log),
    stores,
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
