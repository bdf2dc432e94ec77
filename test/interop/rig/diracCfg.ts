import type { DiracRelease } from './diracInstall.ts';
import type { KeyPair } from './pki.ts';

type Section = { [name: string]: string | Section };

interface Site {
  release: DiracRelease;
  caDir: string;
  hostCert: KeyPair;
}

/**
 * The least `dirac.cfg` under which `dirac-service Framework/Rig Framework/RigLocked` starts without a Configuration
 * service or a database.
 */
export function diracCfg({
  ports,
  maxThreads,
  ...site
}: Site & {
  /** Of Rig and RigLocked. */
  ports: [number, number];
  /** Calls that each service answers at once. */
  maxThreads: number;
}): string {
  return cfgOf(site, {
    Framework: {
      Services: {
        Rig: service('Rig', ports[0], 'all', maxThreads),
        RigLocked: service('RigLocked', ports[1], 'CSAdministrator', maxThreads),
      },
    },
  });
}

/** The same for `tornado-start-all` with Framework/RigWeb and Framework/RigWebLocked, both on one port. */
export function tornadoCfg({ port, ...site }: Site & { port: number }): string {
  return cfgOf(site, {
    // Looked at before the start, up to 9.0: whether it would be served here too.
    Configuration: {},
    Tornado: { Port: `${port}` },
    Framework: {
      Services: { RigWeb: webService('RigWeb', 'all'), RigWebLocked: webService('RigWebLocked', 'CSAdministrator') },
    },
  });
}

/** Up to 9.0 each system's section stands in an instance that its setup names; 9.1 has neither. */
function cfgOf({ release, caDir, hostCert }: Site, systems: Record<string, Section>): string {
  const hasSetups = release !== '9.1';
  const names = Object.keys(systems);
  const dirac: Section = {
    VirtualOrganization: 'rigvo',
    Hostname: 'localhost',
    Security: {
      UseServerCertificate: 'yes',
      CertFile: hostCert.cert,
      KeyFile: hostCert.key,
      CALocation: caDir,
    },
    ...(hasSetups && {
      Setup: 'RigSetup',
      Setups: { RigSetup: Object.fromEntries(names.map((name) => [name, 'RigInstance'])) },
    }),
  };
  const inInstances = names.map((name) => [name, { RigInstance: systems[name] as Section }] as const);
  return render({ DIRAC: dirac, Systems: hasSetups ? Object.fromEntries(inInstances) : systems });
}

function service(name: string, port: number, whoMayPing: string, maxThreads: number): Section {
  return {
    Port: `${port}`,
    Protocol: 'dips',
    MaxThreads: `${maxThreads}`,
    HandlerPath: `riglab/${name}Handler.py`,
    Authorization: { Default: whoMayPing, ping: whoMayPing },
  };
}

function webService(name: string, whoMayPing: string): Section {
  return {
    Protocol: 'https',
    HandlerPath: `riglab/${name}Handler.py`,
    Authorization: { Default: whoMayPing, ping: whoMayPing },
  };
}

function render(section: Section, indent = ''): string {
  return Object.entries(section)
    .map(([name, value]) =>
      typeof value === 'string'
        ? `${indent}${name} = ${value}\n`
        : `${indent}${name}\n${indent}{\n${render(value, `${indent}  `)}${indent}}\n`,
    )
    .join('');
}
