import { ConfigError } from '../config/faults.ts';
import { marathonApps } from '../config/marathonApps.ts';
import { loadServicesFile } from '../config/servicesFile.ts';

/**
 * `dips-probe marathon FILE`: prints the Marathon apps of the services that the file lists, as a JSON list; with `only` those of
 * these `System/Service`. Throws ConfigError.
 */
export async function marathon(file: string, { only }: { only?: readonly string[] }): Promise<number> {
  const listed = loadServicesFile(file);
  const absent = (only ?? []).filter((name) => !listed.services.some(({ service }) => service === name));
  if (absent.length > 0)
    throw new ConfigError(file, [`services: has no ${absent.join(', ')}, of which the app is asked for`]);
  const asked = only && {
    pinger: { ...listed.pinger, image: null },
    services: listed.services.filter(({ service }) => only.includes(service)),
  };
  process.stdout.write(`${JSON.stringify(marathonApps({ ...listed, ...asked }), null, 2)}\n`);
  return 0;
}
