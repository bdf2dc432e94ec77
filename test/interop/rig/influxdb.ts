import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import type { GridPki } from './pki.ts';
import { freePorts } from './ports.ts';
import { startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

export interface Account {
  username: string;
  password: string;
}

/** A row of a query's answer: `time` in ns, tags and fields, each as the exact text InfluxDB has; absent ones left out. */
export interface Row {
  measurement: string;
  values: Record<string, string>;
}

export interface Influxdb {
  port: number;
  database: string;
  /** May write to `database` and nothing else. */
  writer: Account;
  /** Runs an InfluxQL query in `database`. */
  query(influxql: string): Promise<Row[]>;
  /** How many points it was sent since it started: more than it holds when some were sent twice. */
  pointsReceived(): Promise<number>;
  stop(): Promise<void>;
  /** Starts it again where it was, with the data it had. */
  startAgain(): Promise<void>;
}

const ADMIN: Account = { username: 'admin', password: 'admin-secret' };
const WRITER: Account = { username: 'collector', password: 'write-only-secret' };
const DATABASE = 'monitoring';

/** Starts InfluxDB 1.x with authentication on, over HTTPS with the PKI's host certificate if one is given. */
export async function startInfluxdb(programs: string, tls?: GridPki): Promise<Influxdb> {
  const dir = temporaryDir('influxdb');
  const [port, rpcPort] = (await freePorts(2)) as [number, number];
  const settings = {
    META_DIR: join(dir, 'meta'),
    DATA_DIR: join(dir, 'data'),
    DATA_WAL_DIR: join(dir, 'wal'),
    BIND_ADDRESS: `127.0.0.1:${rpcPort}`,
    HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    HTTP_AUTH_ENABLED: 'true',
    MONITOR_STORE_ENABLED: 'false',
    ...(tls
      ? { HTTP_HTTPS_ENABLED: 'true', HTTP_HTTPS_CERTIFICATE: tls.host.cert, HTTP_HTTPS_PRIVATE_KEY: tls.host.key }
      : {}),
  };
  const ca = tls && readFileSync(tls.caFile);
  const ask = (method: string, path: string, account?: Account) => send({ port, method, path, account, ca });
  const query = async (influxql: string, account?: Account) =>
    parseCsv(await ask('POST', `/query?db=${DATABASE}&epoch=ns&q=${encodeURIComponent(influxql)}`, account));
  const launch = async () => {
    const process = startProcess({
      name: `influxdb-${tls ? 'https' : 'http'}`,
      command: join(programs, 'influxd'),
      args: ['-config', '/dev/null'],
      env: Object.fromEntries(Object.entries(settings).map(([name, value]) => [`INFLUXDB_${name}`, value])),
    });
    await waitUntil('InfluxDB answers /ping', () => ask('GET', '/ping'), { process });
    return process;
  };
  let process = await launch();
  // The first user may be made without authentication, as long as there is none.
  await query(`CREATE USER ${ADMIN.username} WITH PASSWORD '${ADMIN.password}' WITH ALL PRIVILEGES`);
  await query(`CREATE DATABASE ${DATABASE}`, ADMIN);
  await query(`CREATE USER ${WRITER.username} WITH PASSWORD '${WRITER.password}'`, ADMIN);
  await query(`GRANT WRITE ON ${DATABASE} TO ${WRITER.username}`, ADMIN);
  return {
    port,
    database: DATABASE,
    writer: WRITER,
    query: (influxql) => query(influxql, ADMIN),
    async pointsReceived() {
      const stats = await query(`SHOW STATS FOR 'write'`, ADMIN);
      return Number(stats[0]?.values.pointReq ?? 0);
    },
    stop: () => process.stop(),
    async startAgain() {
      process = await launch();
    },
  };
}

/** A request without a body; resolves to the answer's text, rejects unless it is 2xx. CSV is asked for: JSON would round. */
function send(to: {
  port: number;
  method: string;
  path: string;
  account: Account | undefined;
  ca: Buffer | undefined;
}): Promise<string> {
  const { account, ca, ...where } = to;
  const options = {
    ...where,
    host: '127.0.0.1',
    headers: { accept: 'application/csv' },
    timeout: 10_000,
    ...(account ? { auth: `${account.username}:${account.password}` } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = ca ? request({ ...options, ca }) : plainRequest(options);
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`InfluxDB ${to.path}: no answer in 10 s`)));
    sent.on('response', async (response) => {
      const text = (await response.toArray()).join('');
      const isGood = (response.statusCode ?? 500) < 300 && !text.startsWith('error');
      if (isGood) resolve(text);
      else reject(new Error(`InfluxDB ${to.path}: ${response.statusCode} ${text}`));
    });
    sent.end();
  });
}

/** InfluxDB's CSV: a table per measurement, each with its own heading, parted by empty lines. No value here has quotes. */
function parseCsv(text: string): Row[] {
  return text
    .trim()
    .split('\n\n')
    .flatMap((table) => {
      // The first two columns are the measurement and the tags of a GROUP BY; only what follows is asked for.
      const [heading = '', ...lines] = table.split('\n');
      const columns = heading.split(',').slice(2);
      return lines.map((line) => {
        const [measurement = '', , ...cells] = line.split(',');
        const values = columns.map((column, at) => [column, cells[at] ?? '']).filter(([, cell]) => cell !== '');
        return { measurement, values: Object.fromEntries(values) };
      });
    });
}
