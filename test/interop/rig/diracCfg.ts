import type { DiracRelease } from './diracInstall.ts';
import type { KeyPair } from './pki.ts';

type Section = { [name: string]: string | Section };

/**
 * The least `dirac.cfg` under which `dirac-service Framework/Rig Framework/RigLocked` starts without a Configuration
 * service or a database. Up to 9.0 a system's services stand in an instance that its setup names; 9.1 has neither.
 */
export function diracCfg(given: {
  release: DiracRelease;
  caDir: string;
  hostCert: KeyPair;
  /** Of Rig and RigLocked. */
  ports: [number, number];
  /** Calls that each service answers at once. */
  maxThreads: number;
}): string {
  const hasSetups = given.release !== '9.1';
  const services: Section = {
    Services: {
      Rig: service('Rig', given.ports[0], 'all', given.maxThreads),
      RigLocked: service('RigLocked', given.ports[1], 'CSAdministrator', given.maxThreads),
    },
  };
  const dirac: Section = {
    VirtualOrganization: 'rigvo',
    Hostname: 'localhost',
    Security: {
      UseServerCertificate: 'yes',
      CertFile: given.hostCert.cert,
      KeyFile: given.hostCert.key,
      CALocation: given.caDir,
    },
    ...(hasSetups ? { Setup: 'RigSetup', Setups: { RigSetup: { Framework: 'RigInstance' } } } : {}),
  };
  return render({ DIRAC: dirac, Systems: { Framework: hasSetups ? { RigInstance: services } : services } });
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

function render(section: Section, indent = ''): string {
  return Object.entries(section)
    .map(([name, value]) =>
      typeof value === 'string'
        ? `${indent}${name} = ${value}\n`
        : `${indent}${name}\n${indent}{\n${render(value, `${indent}  `)}${indent}}\n`,
    )
    .join('');
}
