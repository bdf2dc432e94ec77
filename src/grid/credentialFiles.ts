import { CredentialError } from './credentialError.ts';
import type { CfgSection } from './diracCfg.ts';
import {
  type Found,
  findCaDirectory,
  findHostCertificate,
  findProxy,
  readLocalCfg,
  usesServerCertificate,
} from './locations.ts';

/** What flags or configuration say of our identity; each unset one is found as DIRAC finds it. */
export interface CredentialOptions {
  cert?: string | undefined;
  key?: string | undefined;
  /** One file with a proxy, its key and its chain. */
  proxy?: string | undefined;
  caDir?: string | undefined;
  /** False: whoever answers is believed. */
  verify?: boolean | undefined;
  extraCredentials?: 'hosts' | 'none' | undefined;
  /** What a CRL that is not good means; default `warn`. */
  crl?: 'fail' | 'warn' | 'ignore' | undefined;
  /** True: also TLS 1.0 and what goes with it. */
  legacyTls?: boolean | undefined;
  /** True: also believes `CN=host/NAME`. */
  gsiNames?: boolean | undefined;
  /** True: a key that everybody on the machine can read is taken all the same. */
  allowOpenKey?: boolean | undefined;
}

/** `host`: the host certificate, as pinger and self-ping always did. `dirac`: what DIRAC's own client would show here. */
export type DefaultIdentity = 'host' | 'dirac';

/** Which files a credential is made of, and what named each. They are read anew for every generation of it. */
export interface CredentialFiles {
  cert: string;
  key: string;
  certBy: string;
  /** Null: nothing is checked. */
  caDir: string | null;
  caDirBy: string;
  /** Whether our proposal says `hosts`. */
  saysHosts: boolean;
  /** What was passed over on the way, in sentences for a log. */
  warnings: string[];
}

/** Decides which files to use. Throws CredentialError, which names every place that was looked in. */
export function findCredentialFiles(
  options: CredentialOptions,
  fallback: DefaultIdentity,
  env: Readonly<Record<string, string | undefined>>,
): CredentialFiles {
  const { cfg, warnings } = readLocalCfg(env);
  const isProxy = options.proxy !== undefined;
  const isHost = !isProxy && (options.cert !== undefined || fallback === 'host' || usesServerCertificate(cfg));
  const { found: pair, by: certBy } = findPair(options, isHost, env, cfg);
  const ca = findCas(options, env, cfg);
  const saysHosts = options.extraCredentials === undefined ? isHost : options.extraCredentials === 'hosts';
  return { ...pair, certBy, caDir: ca?.found ?? null, caDirBy: ca?.by ?? '--no-verify', saysHosts, warnings };
}

type Environment = Readonly<Record<string, string | undefined>>;
type Choice<T> = { found: T; by: string };

function findPair(
  { cert, key, proxy }: CredentialOptions,
  isHost: boolean,
  env: Environment,
  cfg: CfgSection,
): Choice<{ cert: string; key: string }> {
  if (proxy !== undefined) return { found: { cert: proxy, key: proxy }, by: '--proxy' };
  if (cert !== undefined) return { found: { cert, key: key ?? cert }, by: '--cert' };
  if (key !== undefined) throw new CredentialError('--key without --cert: expected both, or neither');
  if (isHost) return expectFound('host certificate with its key', findHostCertificate(env, cfg), '--cert and --key');
  const found = expectFound('proxy', findProxy(env), '--proxy, or --cert and --key');
  return { found: { cert: found.found, key: found.found }, by: found.by };
}

function findCas({ caDir, verify }: CredentialOptions, env: Environment, cfg: CfgSection): Choice<string> | null {
  if (verify === false) return null;
  if (caDir !== undefined) return { found: caDir, by: '--ca-dir' };
  return expectFound('CA directory', findCaDirectory(env, cfg), '--ca-dir, or --no-verify');
}

function expectFound<T>(what: string, where: Found<T>, flag: string): Choice<T> {
  if ('found' in where) return where;
  throw new CredentialError(`no ${what} found: looked for ${where.lookedIn.join(', ')}; give ${flag}`);
}
