import { readFileSync } from 'node:fs';
import { DEFAULT_BATCH, type InfluxPlace, type InfluxTarget } from '../model/influxTarget.ts';
import { parseDuration } from './duration.ts';
import { ConfigError, createCheck } from './faults.ts';
import { findContradictions, versionOf } from './influxContradictions.ts';
import { type InfluxMembers, influxSchema } from './influxSchema.ts';

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
  return needsDatabase || members.database || members.bucket ? resolveInflux(file, members) : null;
}

/**
 * The database that checked members name; null ones get the defaults of influxdb-python, which the original handed them to:
 * host localhost, port 8086, no TLS. `path`: where in the file they stand. Throws ConfigError.
 */
export function resolveInflux(file: string, members: InfluxMembers, path = ''): InfluxTarget {
  const at = path === '' ? '' : `${path}.`;
  const faults = findContradictions(members).map((fault) => `${at}${fault}`);
  if (faults.length > 0) throw new ConfigError(file, faults);
  const { ca, gzip, batchLines, batchBytes, batchAge } = members;
  const secretOf = (key: 'token' | 'password') => readSecret(file, members, key, at);
  return {
    ...placeOf(members, secretOf),
    url: urlOf(members),
    ca: ca ? readText(ca, file, `${at}ca: `) : null,
    gzip: gzip ?? true,
    batch: {
      maxLines: batchLines ?? DEFAULT_BATCH.maxLines,
      maxBytes: batchBytes ?? DEFAULT_BATCH.maxBytes,
      maxAgeMs: (batchAge && parseDuration(batchAge)) || DEFAULT_BATCH.maxAgeMs,
    },
  };
}

function placeOf(members: InfluxMembers, secretOf: (key: 'token' | 'password') => string | null): InfluxPlace {
  const { username, database, retentionPolicy, org, bucket } = members;
  const version = versionOf(members);
  if (version === 2) return { version, org: org ?? '', bucket: bucket ?? '', token: secretOf('token') };
  if (version === 3) return { version, database: database ?? '', token: secretOf('token') };
  const login = username ? { username, password: secretOf('password') ?? '' } : null;
  return { version, database: database ?? '', retentionPolicy: retentionPolicy ?? null, login };
}

function urlOf({ url, host, port, ssl }: InfluxMembers): string {
  if (url) return url.replace(/\/+$/, '');
  const address = host?.includes(':') && !host.startsWith('[') ? `[${host}]` : (host ?? 'localhost');
  return `${ssl ? 'https' : 'http'}://${address}:${port ?? 8086}`;
}

/** What stands in the file, or in the file that it names there, without the line's end. */
function readSecret(file: string, members: InfluxMembers, key: 'token' | 'password', at: string): string | null {
  const path = members[`${key}File`];
  const value = path ? readText(path, file, `${at}${key}File: `).replace(/\r?\n$/, '') : members[key] || null;
  const name = path ? `${key}File` : key;
  if (path && value === '') throw new ConfigError(file, [`${at}${name}: expected a ${key} in ${path}, it is empty`]);
  // A header holds it as it is.
  if (key === 'token' && value && !/^[\x21-\x7e]+$/.test(value)) {
    throw new ConfigError(file, [`${at}${name}: expected a token of ASCII letters, digits and signs, without blanks`]);
  }
  return value;
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
