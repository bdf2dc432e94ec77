import type { Pinger, ServiceEntry, ServicesFile } from './servicesFile.ts';

/*
 * Marathon's apps of a services file, as the original's generator wrote them. What other programs read of them stays: the labels `check_http`
 * and `check_interval` (Consul's checks are made of these), the Docker label `dirac_component` (`collect` finds containers by it).
 */

const ETC_IN_CONTAINER = '/opt/dirac/etc';

/** The pinger's app, where it has an image, and one of each service, in the file's order. JSON for `PUT /v2/apps`. */
export function marathonApps({ pinger, services, ...common }: ServicesFile): object[] {
  const apps = services.map((entry) => serviceApp(entry, pinger, common));
  return pinger.image === null ? apps : [pingerApp(pinger, pinger.image, common.etc), ...apps];
}

function serviceApp(
  entry: ServiceEntry,
  pinger: Pinger,
  { etc, selfPing }: Pick<ServicesFile, 'etc' | 'selfPing'>,
): object {
  const { id, service, port, image, command, instances, cpus, mem, constraints, env } = entry;
  return {
    id,
    args: command,
    instances,
    cpus,
    mem,
    constraints,
    // Of the image's own HEALTHCHECK, which `docker ps` shows.
    env: { DIPS_PROBE_SELF: `${port}/${service}`, ...env },
    container: container({
      image,
      port,
      volumes: [
        [`${etc}/dirac.cfg`, `${ETC_IN_CONTAINER}/dirac.cfg`],
        [`${etc}/grid-security`, `${ETC_IN_CONTAINER}/grid-security`],
      ],
      parameters: { label: `dirac_component=${service}` },
    }),
    requirePorts: true,
    // Consul's side fills in the braces, for each instance.
    labels: {
      check_http: `${pinger.url}/ping?host={host}&port={port}&service=${service}`,
      check_interval: '20s',
    },
    healthChecks: [
      {
        protocol: 'COMMAND',
        command: { value: `${selfPing} ${port}/${service}` },
        // A service that starts for the first time fills its caches; a hotfix is fetched before it.
        gracePeriodSeconds: 300,
        intervalSeconds: 60,
        timeoutSeconds: 20,
        maxConsecutiveFailures: 3,
      },
    ],
  };
}

/** 0.1 CPU and 100 MB, as it had from the first day. */
function pingerApp({ id, instances, port, constraints }: Pinger, image: string, etc: string): object {
  return {
    id,
    args: ['serve', '--listen', `0.0.0.0:${port}`],
    instances,
    cpus: 0.1,
    mem: 100,
    constraints,
    container: container({
      image,
      port,
      volumes: [[`${etc}/grid-security`, `${ETC_IN_CONTAINER}/grid-security`]],
      parameters: { 'read-only': 'true', 'cap-drop': 'ALL' },
    }),
    requirePorts: true,
    healthChecks: [
      {
        protocol: 'HTTP',
        path: '/self',
        portIndex: 0,
        gracePeriodSeconds: 10,
        intervalSeconds: 10,
        timeoutSeconds: 10,
        maxConsecutiveFailures: 1,
      },
    ],
  };
}

/** `volumes`: paths on the node and in the container, read only; `parameters`: options of `docker run`. The port is the same on the node. */
function container({
  image,
  port,
  volumes,
  parameters,
}: {
  image: string;
  port: number;
  volumes: readonly (readonly [hostPath: string, containerPath: string])[];
  parameters: Readonly<Record<string, string>>;
}): object {
  return {
    type: 'DOCKER',
    docker: {
      image,
      network: 'BRIDGE',
      portMappings: [{ containerPort: port, hostPort: port, protocol: 'tcp' }],
      parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
    },
    volumes: volumes.map(([hostPath, containerPath]) => ({ containerPath, hostPath, mode: 'RO' })),
  };
}
