import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CfgSection, cfgOption, mergeCfg, parseDiracCfg } from './diracCfg.ts';

/*
 * Where DIRAC's own client looks (Core/Security/Locations.py, LocalConfiguration.py; docs/protocol-dips.md §8).
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** A file DIRAC would use and what named it, or all the places where it was looked for. */
export type Found<T> = { found: T; by: string } | { lookedIn: string[] };

/** A place to look in: a path, if anything names one, and what that is. */
type Place = [path: string | null | undefined, by: string];

const HOST_NAMES = ['server', 'host', 'dirac', 'service'];
const DEFAULT_ROOT = '/opt/dirac';

/** `<DIRAC root>`: DIRAC_ROOT_PATH as since v7r3, else where installations are. */
function diracRoot(env: Environment): string {
  return env.DIRAC_ROOT_PATH ?? DEFAULT_ROOT;
}

/**
 * The local configuration: DIRAC's own file, over it those of DIRACSYSCONFIG (the first named wins), over them the user's.
 * A file that cannot be read is passed over with a warning, as DIRAC does: it may be root's alone and of no use to us.
 */
export function readLocalCfg(env: Environment): { cfg: CfgSection; warnings: string[] } {
  const paths = [
    join(diracRoot(env), 'etc/dirac.cfg'),
    ...(env.DIRACSYSCONFIG ?? '').replaceAll(' ', '').split(',').reverse(),
    join(env.HOME ?? homedir(), '.dirac.cfg'),
  ];
  const warnings: string[] = [];
  let cfg = parseDiracCfg('');
  for (const path of paths) {
    try {
      if (isFile(path)) cfg = mergeCfg(cfg, parseDiracCfg(readFileSync(path, 'utf8')));
    } catch (error) {
      warnings.push(`${path}: passed over, it cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { cfg, warnings };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Whether this machine's DIRAC shows a host certificate (and says `hosts`) rather than a proxy. */
export function usesServerCertificate(cfg: CfgSection): boolean {
  return /^(y|yes|true)$/i.test(cfgOption(cfg, 'DIRAC/Security/UseServerCertificate') ?? '');
}

export function findHostCertificate(env: Environment, cfg: CfgSection): Found<{ cert: string; key: string }> {
  const pairs: [cert: string | null | undefined, key: string | null | undefined, by: string][] = [
    [env.DIRAC_X509_HOST_CERT, env.DIRAC_X509_HOST_KEY, 'DIRAC_X509_HOST_CERT, DIRAC_X509_HOST_KEY'],
    [
      cfgOption(cfg, 'DIRAC/Security/CertFile'),
      cfgOption(cfg, 'DIRAC/Security/KeyFile'),
      'dirac.cfg: DIRAC/Security/CertFile, KeyFile',
    ],
    ...HOST_NAMES.flatMap((name) =>
      gridSecurityDirs(env, cfg).map(([dir, by]): [string, string, string] => [
        join(dir, `${name}cert.pem`),
        join(dir, `${name}key.pem`),
        by,
      ]),
    ),
  ];
  const lookedIn: string[] = [];
  for (const [cert, key, by] of pairs) {
    if (!cert || !key) continue;
    if (existsSync(cert) && existsSync(key)) return { found: { cert, key }, by };
    lookedIn.push(cert);
  }
  return { lookedIn };
}

export function findProxy(env: Environment): Found<string> {
  return firstExisting([
    [env.GRID_PROXY_FILE, 'GRID_PROXY_FILE'],
    [env.X509_USER_PROXY, 'X509_USER_PROXY'],
    [`/tmp/x509up_u${process.getuid?.() ?? 0}`, "this user's default place"],
  ]);
}

export function findCaDirectory(env: Environment, cfg: CfgSection): Found<string> {
  const gridSecurity = cfgOption(cfg, GRID_SECURITY);
  return firstExisting([
    [gridSecurity && join(gridSecurity, 'certificates'), `dirac.cfg: ${GRID_SECURITY}`],
    [cfgOption(cfg, 'DIRAC/Security/CALocation'), 'dirac.cfg: DIRAC/Security/CALocation'],
    [env.X509_CERT_DIR, 'X509_CERT_DIR'],
    [join(diracRoot(env), 'etc/grid-security/certificates'), DEFAULT_FOLDER],
    ['/etc/grid-security/certificates', DEFAULT_FOLDER],
  ]);
}

const GRID_SECURITY = 'DIRAC/Security/Grid-Security';
const DEFAULT_FOLDER = 'default folder';

function gridSecurityDirs(env: Environment, cfg: CfgSection): [dir: string, by: string][] {
  const configured = cfgOption(cfg, GRID_SECURITY);
  const own: [string, string] = [join(diracRoot(env), 'etc/grid-security'), DEFAULT_FOLDER];
  return configured ? [[configured, `dirac.cfg: ${GRID_SECURITY}`], own] : [own];
}

function firstExisting(places: Place[]): Found<string> {
  const lookedIn: string[] = [];
  for (const [path, by] of places) {
    if (!path) continue;
    if (existsSync(path)) return { found: path, by };
    lookedIn.push(path);
  }
  return { lookedIn };
}
