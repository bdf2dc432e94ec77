import { readFileSync } from 'node:fs';
import type { FromSchema } from 'json-schema-to-ts';
import { parse as parseYaml } from 'yaml';
import { type CadvisorNode, parseNode } from '../cadvisor/node.ts';
import { formatTarget, parseTarget, type Target, TargetError } from '../model/target.ts';
import { type InfluxTarget, influxSchema, resolveInflux } from './collectConfig.ts';
import { parseDuration } from './duration.ts';
import { ConfigError, createCheck } from './faults.ts';
import { type ListenAddress, parseListen } from './listen.ts';

const path = { type: 'string', minLength: 1 } as const;
const duration = {
  type: 'string',
  format: 'duration',
  description: 'a time such as 500ms, 10s or 2m, at most 24h',
} as const;
const listen = { type: 'string', format: 'listen', description: 'address:port, such as 127.0.0.1:1234' } as const;
const count = { type: 'integer', minimum: 1, maximum: 64 } as const;

/** The file of `dips-probe run`, in YAML. examples/run.yaml shows every key. */
const runSchema = {
  type: 'object',
  properties: {
    credentials: {
      type: 'object',
      properties: { cert: path, key: path, proxy: path, caDir: path },
      additionalProperties: false,
    },
    http: {
      type: 'object',
      properties: {
        listen: { ...listen, default: '0.0.0.0:1234' },
      },
      additionalProperties: false,
      default: {},
    },
    ping: {
      type: 'object',
      properties: {
        interval: { ...duration, default: '20s' },
        timeout: { ...duration, default: '8s' },
        workers: { ...count, default: 1 },
      },
      additionalProperties: false,
      default: {},
    },
    targets: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          target: { type: 'string' },
          interval: duration,
          timeout: duration,
          serverName: { type: 'string' },
        },
        required: ['target'],
        additionalProperties: false,
      },
      default: [],
    },
    collect: {
      type: 'object',
      properties: {
        nodes: { type: 'array', items: { type: 'string', minLength: 1 }, default: [] },
        interval: { ...duration, default: '10s' },
        timeout: { ...duration, default: '5s' },
        workers: { ...count, default: 1 },
      },
      additionalProperties: false,
      default: {},
    },
    influx: influxSchema,
    store: {
      type: 'object',
      properties: { path, maxRows: { type: 'integer', minimum: 1000, default: 1_000_000 } },
      required: ['path'],
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

type RunFile = FromSchema<typeof runSchema>;

/** The configuration of `run`, checked and with every time in milliseconds. */
export interface RunConfig {
  credentials: { cert?: string; key?: string; proxy?: string; caDir?: string };
  listen: ListenAddress;
  /** Deadline of the pings that HTTP asks for. */
  timeoutMs: number;
  pingWorkers: number;
  targets: { target: Target; intervalMs: number; timeoutMs: number; serverName?: string | undefined }[];
  collect: { nodes: CadvisorNode[]; intervalMs: number; timeoutMs: number; workers: number };
  influx: InfluxTarget | null;
  store: { path: string; maxRows: number } | null;
}

const check = createCheck(runSchema);

/** Reads the file of `run`. Throws ConfigError with all its faults. */
export function loadRunConfig(file: string): RunConfig {
  const value = readYaml(file);
  const faults = check(value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  return resolveRun(file, value as RunFile);
}

function resolveRun(file: string, { credentials, http, ping, targets, collect, influx, store }: RunFile): RunConfig {
  const faults: string[] = [];
  const watched = collectFaults(targets, 'targets', faults, (entry) => ({
    target: parseTarget(entry.target),
    intervalMs: toMs(entry.interval ?? ping.interval),
    timeoutMs: toMs(entry.timeout ?? ping.timeout),
    serverName: entry.serverName,
  }));
  faults.push(...findTwins(watched.map(({ target }) => formatTarget(target))));
  const nodes = collectFaults(collect.nodes, 'collect.nodes', faults, parseNode);
  if (faults.length > 0) throw new ConfigError(file, faults);
  return {
    credentials: credentials ?? {},
    listen: parseListen(http.listen) as ListenAddress,
    timeoutMs: toMs(ping.timeout),
    pingWorkers: ping.workers,
    targets: watched,
    collect: { nodes, intervalMs: toMs(collect.interval), timeoutMs: toMs(collect.timeout), workers: collect.workers },
    influx: influx ? resolveInflux(file, influx, 'influx') : null,
    store: store ?? null,
  };
}

/** Reads each entry; one that cannot be read leaves its fault behind, with its place in the file. */
function collectFaults<T, R>(entries: readonly T[], path: string, faults: string[], read: (entry: T) => R): R[] {
  return entries.flatMap((entry, index) => {
    try {
      return [read(entry)];
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      faults.push(`${path}[${index}]: ${error.message}`);
      return [];
    }
  });
}

/** Results are kept by URL, so each may be watched once. */
function findTwins(urls: string[]): string[] {
  const seen = new Set<string>();
  return urls.flatMap((url) => {
    if (seen.has(url)) return [`targets: ${url} is there twice`];
    seen.add(url);
    return [];
  });
}

/** Of a text that the schema has checked. */
function toMs(text: string): number {
  return parseDuration(text) as number;
}

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  try {
    return spellOutTargets(parseYaml(text) ?? {});
  } catch (error) {
    // Only the first line: what follows quotes the file, where a password may stand.
    throw new ConfigError(file, [`not YAML: ${(error as Error).message.split('\n', 1)[0]}`]);
  }
}

/** A target may be written as its URL alone. */
function spellOutTargets(value: { targets?: unknown }): unknown {
  if (!Array.isArray(value.targets)) return value;
  return { ...value, targets: value.targets.map((entry) => (typeof entry === 'string' ? { target: entry } : entry)) };
}
