import type { InfluxMembers } from './influxSchema.ts';

type Key = keyof InfluxMembers;

/** What only some versions know, and what they have in its place. */
const FOREIGN: Readonly<Record<1 | 2 | 3, { keys: readonly Key[]; instead: string }>> = {
  1: {
    keys: ['org', 'bucket', 'token', 'tokenFile'],
    instead: 'version 1 has a database, a username and a password',
  },
  2: {
    keys: ['database', 'retentionPolicy', 'username', 'password', 'passwordFile'],
    instead: 'version 2 has an org, a bucket and a token',
  },
  3: {
    keys: ['org', 'bucket', 'retentionPolicy', 'username', 'password', 'passwordFile'],
    instead: 'version 3 has a database and a token',
  },
};

/** The version that is named; else 2 where a key of it is given, else 1. */
export function versionOf({ version, org, bucket, token, tokenFile }: InfluxMembers): 1 | 2 | 3 {
  return (version as 1 | 2 | 3 | null | undefined) ?? (org || bucket || token || tokenFile ? 2 : 1);
}

/** What is wrong with members that fit each for itself, as `key: what is expected`. */
export function findContradictions(members: InfluxMembers): string[] {
  const version = versionOf(members);
  const { keys, instead } = FOREIGN[version];
  const faults = keys.filter((key) => members[key]).map((key) => `${key}: not expected, ${instead}`);
  return [...missingPlace(members, version), ...faults, ...doubleSecrets(members), ...addressFaults(members)];
}

function missingPlace({ database, org, bucket }: InfluxMembers, version: 1 | 2 | 3): string[] {
  if (version !== 2)
    return database ? [] : ['database: missing, expected the name of the InfluxDB database to write to'];
  const faults: string[] = [];
  if (!org) faults.push('org: missing, expected the name of the InfluxDB organization');
  if (!bucket) faults.push('bucket: missing, expected the name of the InfluxDB bucket to write to');
  return faults;
}

function doubleSecrets({ username, password, passwordFile, token, tokenFile }: InfluxMembers): string[] {
  const faults: string[] = [];
  if ((password || passwordFile) && !username) faults.push('username: missing, a password is given');
  if (password && passwordFile) faults.push('passwordFile: not expected, the password is given');
  if (token && tokenFile) faults.push('tokenFile: not expected, the token is given');
  return faults;
}

function addressFaults({ url, host, port, ssl, ca }: InfluxMembers): string[] {
  const faults: string[] = [];
  if (url) {
    const given = Object.entries({ host, port, ssl }).filter(([, value]) => value !== null && value !== undefined);
    faults.push(...given.map(([key]) => `${key}: not expected, the url says it`));
    if (!isBaseUrl(url)) {
      // Not shown: somebody may have put a password into it.
      faults.push('url: expected http://host:port or https://host:port, perhaps with a path, and nothing else');
    } else if (ca && !url.startsWith('https:')) faults.push('url: expected https, a ca is given');
    return faults;
  }
  if (ca && !ssl) faults.push('ssl: expected true, a ca is given');
  if (host && /[/@\s]/.test(host))
    faults.push(`host: expected a host name or an IP address, got ${JSON.stringify(host)}`);
  return faults;
}

function isBaseUrl(text: string): boolean {
  const url = /^https?:\/\/[^\s@?#]+$/.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== '';
}
