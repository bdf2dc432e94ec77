import type { CadvisorNode } from '../cadvisor/node.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import type { AllowRule } from '../model/allowRule.ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import type { LineFormat } from '../model/lineFormat.ts';
import type { StateLimits } from '../model/stateLimits.ts';
import { formatTarget, parseTarget, type Target } from '../model/target.ts';
import { PRIVATE_NETWORKS, readAllowEntry } from './allowRules.ts';
import { resolveInflux } from './collectConfig.ts';
import { faultsOfTags, resolveFormat, resolveNode } from './collectNodes.ts';
import { parseDuration, parseSpan } from './duration.ts';
import { collectFaults, findTwins } from './entries.ts';
import { ConfigError, createCheck } from './faults.ts';
import { type ListenAddress, parseListen } from './listen.ts';
import { type RunFile, runSchema } from './runSchema.ts';
import { readYamlFile } from './yamlFile.ts';

/** The configuration of `run`, checked and with every time in milliseconds. */
export interface RunConfig {
  credentials: CredentialOptions;
  http: { listen: ListenAddress; statusProfile: RunFile['http']['statusProfile'] };
  ping: PingConfig;
  targets: {
    target: Target;
    intervalMs: number;
    timeoutMs: number;
    serverName?: string | undefined;
    limits: StateLimits;
  }[];
  /** What else HTTP may ask to have pinged. */
  allow: readonly AllowRule[];
  collect: {
    nodes: CadvisorNode[];
    intervalMs: number;
    timeoutMs: number;
    workers: number;
    maxBytes: number;
    format: LineFormat;
  };
  influx: InfluxTarget | null;
  /** What InfluxDB cannot take now; null: it waits in memory. */
  spool: { path: string; maxBytes: number; maxAgeMs: number } | null;
  store: { path: string; maxRows: number } | null;
  history: { path: string; maxAgeMs: number; maxRows: number } | null;
}

export interface PingConfig {
  /** Deadline of the pings that HTTP asks for. */
  timeoutMs: number;
  workers: number;
  maxInFlight: number;
  /** As a share of the interval. */
  jitter: number;
  /** Of what is pinged without being one of the targets. */
  limits: StateLimits;
}

const check = createCheck(runSchema);

/** Reads the file of `run`. Throws ConfigError with all its faults. */
export function loadRunConfig(file: string): RunConfig {
  const value = spellOut(readYamlFile(file) as Written);
  const faults = check(value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  return resolveRun(file, value as RunFile);
}

function resolveRun(
  file: string,
  { credentials, http, ping, targets, allow, collect, influx, spool, store, history }: RunFile,
): RunConfig {
  const faults: string[] = [];
  const watched = collectFaults(targets, 'targets', faults, (entry) => ({
    target: parseTarget(entry.target),
    intervalMs: toMs(entry.interval ?? ping.interval),
    timeoutMs: toMs(entry.timeout ?? ping.timeout),
    serverName: entry.serverName,
    limits: resolveLimits({ ...ping, ...entry }),
  }));
  faults.push(
    ...findTwins(
      'targets',
      watched.map(({ target }) => formatTarget(target)),
    ),
  );
  const rules = allow && collectFaults(allow, 'allow', faults, readAllowEntry);
  if (spool && !influx) faults.push('influx: missing, expected where the points of the spool shall go');
  const nodes = collectFaults(collect.nodes, 'collect.nodes', faults, resolveNode);
  faults.push(
    ...findTwins(
      'collect.nodes',
      nodes.map(({ address }) => address),
    ),
  );
  faults.push(...faultsOfTags(collect));
  if (faults.length > 0) throw new ConfigError(file, faults);
  return {
    credentials: credentials ?? {},
    http: { listen: parseListen(http.listen) as ListenAddress, statusProfile: http.statusProfile },
    ping: {
      timeoutMs: toMs(ping.timeout),
      workers: ping.workers,
      maxInFlight: ping.maxInFlight,
      jitter: ping.jitter,
      limits: resolveLimits(ping),
    },
    targets: watched,
    allow: rules ?? PRIVATE_NETWORKS,
    collect: {
      nodes,
      intervalMs: toMs(collect.interval),
      timeoutMs: toMs(collect.timeout),
      workers: collect.workers,
      maxBytes: collect.maxBytes,
      format: resolveFormat(collect),
    },
    influx: influx ? resolveInflux(file, influx, 'influx') : null,
    spool: spool ? { path: spool.path, maxBytes: spool.maxBytes, maxAgeMs: spanToMs(spool.maxAge) } : null,
    store: store ?? null,
    history: history ? { path: history.path, maxAgeMs: spanToMs(history.maxAge), maxRows: history.maxRows } : null,
  };
}

type LimitKeys = Pick<RunFile['ping'], 'failuresBeforeDown' | 'successesBeforeUp' | 'degradedOver' | 'certificateWarn'>;

function resolveLimits({
  failuresBeforeDown,
  successesBeforeUp,
  degradedOver,
  certificateWarn,
}: LimitKeys): StateLimits {
  return {
    failuresBeforeDown,
    successesBeforeUp,
    degradedOverMs: degradedOver === 'off' ? null : toMs(degradedOver),
    certificateWarnMs: certificateWarn === 'off' ? null : spanToMs(certificateWarn),
  };
}

/** Of a text that the schema has checked. */
function toMs(text: string): number {
  return parseDuration(text) as number;
}

/** Of a text that the schema has checked. */
function spanToMs(text: string): number {
  return parseSpan(text) as number;
}

interface Written {
  targets?: unknown;
  collect?: { nodes?: unknown };
}

/** A target and a node may be written as a text alone. */
function spellOut(value: Written): unknown {
  const { targets, collect } = value;
  if (targets === undefined && collect === undefined) return value;
  return {
    ...value,
    ...(Array.isArray(targets) && { targets: targets.map(asMember('target')) }),
    ...(Array.isArray(collect?.nodes) && { collect: { ...collect, nodes: collect.nodes.map(asMember('node')) } }),
  };
}

function asMember(key: string): (entry: unknown) => unknown {
  return (entry) => (typeof entry === 'string' ? { [key]: entry } : entry);
}
