import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CfgSection, cfgOption, mergeCfg, parseDiracCfg } from './diracCfg.ts';

/*
 * Where DIRAC's own client looks (Core/Security/Locations.py, LocalConfiguration.py; docs/protocol-dips.md §8).
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** A file DIRAC would use, or all the places where it was looked for. */
export type Found<T> = { found: T } | { lookedIn: string[] };

const HOST_NAMES = ['server', 'host', 'dirac', 'service'];
const DEFAULT_ROOT = '/opt/dirac';

/** `<DIRAC root>`: DIRAC_ROOT_PATH as since v7r3, else where installations are. */
function diracRoot(env: Environment): string {
  return env.DIRAC_ROOT_PATH ?? DEFAULT_ROOT;
}

/** The local configuration, later files over earlier ones. Files that do not exist count as empty. */
export function readLocalCfg(env: Environment): CfgSection {
  const paths = [
    join(diracRoot(env), 'etc/dirac.cfg'),
    join(homedir(), '.dirac.cfg'),
    ...(env.DIRACSYSCONFIG ?? '').split(/[,:]/).filter((path) => path !== ''),
  ];
  return paths
    .filter((path) => existsSync(path))
    .map((path) => parseDiracCfg(readFileSync(path, 'utf8')))
    .reduce(mergeCfg, {});
}

/** Whether this machine's DIRAC shows a host certificate (and says `hosts`) rather than a proxy. */
export function usesServerCertificate(cfg: CfgSection): boolean {
  return /^(y|yes|true|1)$/i.test(cfgOption(cfg, 'DIRAC/Security/UseServerCertificate') ?? '');
}

export function findHostCertificate(env: Environment, cfg: CfgSection): Found<{ cert: string; key: string }> {
  const pairs = [
    { cert: env.DIRAC_X509_HOST_CERT, key: env.DIRAC_X509_HOST_KEY },
    { cert: cfgOption(cfg, 'DIRAC/Security/CertFile'), key: cfgOption(cfg, 'DIRAC/Security/KeyFile') },
    ...gridSecurityDirs(env, cfg).flatMap((dir) =>
      HOST_NAMES.map((name) => ({ cert: join(dir, `${name}cert.pem`), key: join(dir, `${name}key.pem`) })),
    ),
  ];
  const lookedIn: string[] = [];
  for (const { cert, key } of pairs) {
    if (!cert || !key) continue;
    if (existsSync(cert) && existsSync(key)) return { found: { cert, key } };
    lookedIn.push(cert);
  }
  return { lookedIn };
}

export function findProxy(env: Environment): Found<string> {
  const paths = [env.GRID_PROXY_FILE, env.X509_USER_PROXY, `/tmp/x509up_u${process.getuid?.() ?? 0}`];
  return firstExisting(paths);
}

export function findCaDirectory(env: Environment, cfg: CfgSection): Found<string> {
  const gridSecurity = cfgOption(cfg, 'DIRAC/Security/Grid-Security');
  return firstExisting([
    gridSecurity && join(gridSecurity, 'certificates'),
    cfgOption(cfg, 'DIRAC/Security/CALocation'),
    env.X509_CERT_DIR,
    join(diracRoot(env), 'etc/grid-security/certificates'),
    '/etc/grid-security/certificates',
  ]);
}

function gridSecurityDirs(env: Environment, cfg: CfgSection): string[] {
  const configured = cfgOption(cfg, 'DIRAC/Security/Grid-Security');
  return [...(configured ? [configured] : []), join(diracRoot(env), 'etc/grid-security')];
}

function firstExisting(paths: (string | null | undefined)[]): Found<string> {
  const lookedIn = paths.filter((path) => typeof path === 'string' && path !== '') as string[];
  const found = lookedIn.find((path) => existsSync(path));
  return found === undefined ? { lookedIn } : { found };
}
