import { parseService, TargetError } from '../model/target.ts';
import { collectFaults, findTwins } from './entries.ts';
import { ConfigError, createCheck } from './faults.ts';
import { type ServicesText, servicesSchema } from './servicesSchema.ts';
import { readYamlFile } from './yamlFile.ts';

/** DIRAC services and their pinger as they shall run in Marathon. */
export interface ServicesFile {
  pinger: Pinger;
  /** Folder of every node that has `dirac.cfg` and `grid-security`. */
  etc: string;
  /** Command in the services' image that takes `PORT/System/Service`. */
  selfPing: string;
  services: readonly ServiceEntry[];
}

export interface Pinger {
  /** Where Consul finds it, without a path. */
  url: string;
  id: string;
  /** Null: it does not run in this Marathon. */
  image: string | null;
  instances: number;
  port: number;
  constraints: readonly (readonly string[])[];
}

export interface ServiceEntry {
  id: string;
  /** `System/Service`. */
  service: string;
  port: number;
  image: string;
  /** What the image's entrypoint gets. */
  command: readonly string[];
  instances: number;
  cpus: number;
  /** MB. */
  mem: number;
  constraints: readonly (readonly string[])[];
  env: Readonly<Record<string, string>>;
}

/** What a service needs at the least, with little to do; one instance of a service on a node, whose port it has. */
const DEFAULTS = { instances: 1, cpus: 0.5, mem: 512, constraints: [['hostname', 'UNIQUE']] } as const;

const check = createCheck(servicesSchema);

/** Reads the file of `marathon`. Throws ConfigError with all its faults. */
export function loadServicesFile(file: string): ServicesFile {
  const value = readYamlFile(file);
  const faults = check(value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  const { pinger, etc, selfPing, defaults, services } = value as ServicesText;
  const entries = collectFaults(services, 'services', faults, (entry) => resolveService(entry, defaults));
  const { image = null, constraints = [] } = pinger;
  const ids = [...(image === null ? [] : [pinger.id]), ...entries.map(({ id }) => id)];
  faults.push(...findTwins('services', ids));
  if (faults.length > 0) throw new ConfigError(file, faults);
  return { pinger: { ...pinger, image, constraints }, etc, selfPing, services: entries };
}

/** Throws TargetError. */
function resolveService(entry: ServicesText['services'][number], defaults: ServicesText['defaults']): ServiceEntry {
  const service = parseService(entry.service);
  const image = entry.image ?? defaults.image;
  if (image === undefined) throw new TargetError('image: missing, expected here or in defaults');
  return {
    ...DEFAULTS,
    id: `/dirac/${service.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}`,
    command: ['dirac-service', service],
    ...defaults,
    ...entry,
    image,
    env: { ...defaults.env, ...entry.env },
  };
}
