import { readFileSync } from 'node:fs';
import type { FromSchema } from 'json-schema-to-ts';
import type { InfluxTarget } from '../model/influxTarget.ts';
import { ConfigError, createCheck } from './faults.ts';

/**
 * Where InfluxDB is: the configuration file of the original collector, one JSON object whose every key may be absent or null.
 * `ca` (path of a PEM file) and `retentionPolicy` are ours.
 */
export const influxSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', nullable: true, minLength: 1 },
    port: { type: 'integer', nullable: true, minimum: 1, maximum: 65535 },
    username: { type: 'string', nullable: true },
    password: { type: 'string', nullable: true },
    database: { type: 'string', nullable: true, minLength: 1 },
    ssl: { type: 'boolean', nullable: true },
    ca: { type: 'string', nullable: true, minLength: 1 },
    retentionPolicy: { type: 'string', nullable: true, minLength: 1 },
  },
  additionalProperties: false,
} as const;

export type InfluxMembers = FromSchema<typeof influxSchema>;

const check = createCheck(influxSchema);

/**
 * Reads the collector's configuration. Returns null in place of a database when none is named and `needsDatabase` is false.
 * Throws ConfigError with all faults of the file.
 */
export function loadCollectConfig(file: string, needsDatabase: boolean): InfluxTarget | null {
  const value = readJson(file);
  const faults = check(value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  const members = value as InfluxMembers;
  return needsDatabase || members.database ? resolveInflux(file, members) : null;
}

/**
 * The database that checked members name; null ones get the defaults of influxdb-python, which the original handed them to:
 * host localhost, port 8086, no TLS. `path`: where in the file they stand. Throws ConfigError.
 */
export function resolveInflux(file: string, members: InfluxMembers, path = ''): InfluxTarget {
  const { host, port, username, password, database, ssl, ca, retentionPolicy } = members;
  const faults = contradictions(members).map((fault) => (path === '' ? fault : `${path}.${fault}`));
  if (faults.length > 0) throw new ConfigError(file, faults);
  const address = host?.includes(':') && !host.startsWith('[') ? `[${host}]` : (host ?? 'localhost');
  return {
    url: `${ssl ? 'https' : 'http'}://${address}:${port ?? 8086}`,
    database: database ?? '',
    retentionPolicy: retentionPolicy ?? null,
    login: username ? { username, password: password ?? '' } : null,
    ca: ca ? readText(ca, file, path === '' ? 'ca: ' : `${path}.ca: `) : null,
  };
}

function contradictions({ database, username, password, ssl, ca, host }: InfluxMembers): string[] {
  const faults: string[] = [];
  if (!database) faults.push('database: missing, expected the name of the InfluxDB database to write to');
  if (password && !username) faults.push('username: missing, a password is given');
  if (ca && !ssl) faults.push('ssl: expected true, a ca is given');
  if (host && /[/@\s]/.test(host))
    faults.push(`host: expected a host name or an IP address, got ${JSON.stringify(host)}`);
  return faults;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file, file));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(file, [`not JSON: ${withoutExcerpt((error as Error).message)}`]);
  }
}

/** V8 quotes the text around some errors, and that may be the password: `Unexpected token 's', ..."sword": s3cret}" is not valid JSON`. */
function withoutExcerpt(message: string): string {
  return message.replace(/, (\.\.\.)?".*is not valid JSON$/s, '');
}

function readText(path: string, file: string, prefix = ''): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`${prefix}cannot be read: ${(error as Error).message}`]);
  }
}
