import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startSpoolPool } from '../../src/engine/spoolPool.ts';
import { type InfluxSink, type InfluxSinkOptions, startInfluxSink } from '../../src/influx/influxSink.ts';
import { DEFAULT_BATCH, type InfluxPlace } from '../../src/model/influxTarget.ts';
import { until } from '../collect/servers.ts';
import { bring, testWith } from './rig/availability.ts';
import { debianPrograms } from './rig/debian.ts';
import { type Influxdb, startInfluxdb } from './rig/influxdb.ts';
import { makeGridPki } from './rig/pki.ts';
import { startVictoriaMetrics } from './rig/victoriaMetrics.ts';

/* The sink against real servers: what it counts is what they hold, whatever they answer in between. */

const pki = await makeGridPki();
const brought = await bring('InfluxDB 1.6 and VictoriaMetrics', () => debianPrograms('bookworm'));

interface Started {
  sink: InfluxSink;
  told: string[];
}

function startSink(
  t: TestContext,
  place: InfluxPlace,
  at: { url: string; ca?: string },
  options: Partial<InfluxSinkOptions> = {},
): Started {
  const told: string[] = [];
  const target = { ...place, url: at.url, ca: at.ca ?? null, gzip: true, batch: { ...DEFAULT_BATCH, maxAgeMs: 50 } };
  const log = { warn: ({ detail }: { detail: string }, message: string) => void told.push(`${message}: ${detail}`) };
  const sink = startInfluxSink({ backoffMs: 100, ...options, target, log });
  t.after(() => sink.close());
  return { sink, told };
}

function placeIn(influxdb: Influxdb, change: { database?: string; retentionPolicy?: string } = {}): InfluxPlace {
  return { version: 1, database: influxdb.database, retentionPolicy: null, login: influxdb.writer, ...change };
}

const write = (sink: InfluxSink, lines: string[]) =>
  sink.write(Buffer.from(lines.map((line) => `${line}\n`).join('')), lines.length);

/** Lines of one series each, in the past of a few minutes. */
function linesOf(count: number, from = 0): string[] {
  const startNs = BigInt(Date.now() - 300_000) * 1_000_000n;
  return Array.from(
    { length: count },
    (_, at) => `m,host=h${(from + at) % 10} up=${from + at}i ${startNs + BigInt(from + at)}`,
  );
}

async function countIn(influxdb: Influxdb, from = 'm'): Promise<number> {
  const rows = await influxdb.query(`SELECT count(up) FROM ${from}`);
  return Number(rows[0]?.values.count ?? 0);
}

async function influxdbOf(t: TestContext, programs: string, tls?: typeof pki): Promise<Influxdb> {
  const influxdb = await startInfluxdb(programs, tls);
  t.after(() => influxdb.stop());
  return influxdb;
}

testWith(brought, 'InfluxDB 1.6: TLS with our own CA, a login, a retention policy, compressed', async (programs, t) => {
  const influxdb = await influxdbOf(t, programs, pki);
  await influxdb.query(`CREATE RETENTION POLICY week ON ${influxdb.database} DURATION 7d REPLICATION 1`);
  const at = { url: `https://127.0.0.1:${influxdb.port}`, ca: readFileSync(pki.caFile, 'utf8') };
  const { sink, told } = startSink(t, placeIn(influxdb, { retentionPolicy: 'week' }), at);
  write(sink, linesOf(12_000));
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 12_000, rejected: 0, dropped: 0, kept: 0 });
  assert.equal(await countIn(influxdb, 'week.m'), 12_000);
  assert.equal(sink.facts.requests, 3);
  assert.deepEqual(told, []);
});

testWith(brought, 'InfluxDB 1.6: bad lines of every kind cost themselves', async (programs, t) => {
  const influxdb = await influxdbOf(t, programs);
  const { sink, told } = startSink(t, placeIn(influxdb), { url: `http://127.0.0.1:${influxdb.port}` });
  const settled = (points: number) => until(() => sink.counts.accepted + sink.counts.rejected === points);
  const timeNs = BigInt(Date.now()) * 1_000_000n; // in the same shard: types are held to within one
  // Of a new measurement with two types in one body it refuses the whole and names no line.
  write(
    sink,
    [0, 1, 2, 3].map((at) => `fresh up=${at === 1 ? '1' : `${at}i`} ${timeNs + BigInt(at)}`),
  );
  await settled(4);
  assert.deepEqual([sink.counts.accepted, sink.counts.rejected], [3, 1]);
  assert.match(told[0] ?? '', /^points rejected: answered 400: .*field type conflict/);
  assert.equal(await countIn(influxdb, 'fresh'), 3);
  write(sink, linesOf(96));
  await settled(100);
  // Lines that cannot be parsed, one of them with what its message has around it.
  write(sink, ['foo', ...linesOf(10, 96), "m,'a=': b up= 4"]);
  await settled(112);
  assert.deepEqual([sink.counts.accepted, sink.counts.rejected], [109, 3]);
  // Conflicts with what is there, which it counts and does not name.
  write(sink, [...linesOf(10, 106), `m,host=h0 up=1.5 ${timeNs}`, `m,host=h0 up=true ${timeNs}`]);
  await settled(124);
  assert.deepEqual([sink.counts.accepted, sink.counts.rejected], [119, 5]);
  // Nothing but bad lines.
  write(sink, ['foo', 'bar']);
  await settled(126);
  assert.deepEqual({ ...sink.counts }, { accepted: 119, rejected: 7, dropped: 0, kept: 0 });
  assert.equal(await countIn(influxdb), 116);
});

testWith(brought, 'InfluxDB 1.6: points beyond the retention policy are rejected, by number', async (programs, t) => {
  const influxdb = await influxdbOf(t, programs);
  await influxdb.query(`CREATE RETENTION POLICY hour ON ${influxdb.database} DURATION 1h REPLICATION 1`);
  const { sink } = startSink(t, placeIn(influxdb, { retentionPolicy: 'hour' }), {
    url: `http://127.0.0.1:${influxdb.port}`,
  });
  write(sink, [...linesOf(5), 'm,host=h0 up=1i 1000', 'm,host=h0 up=2i 2000']);
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 5, rejected: 2, dropped: 0, kept: 0 });
});

testWith(
  brought,
  'InfluxDB 1.6: a database that is not there yet, and then is: nothing is lost',
  async (programs, t) => {
    const influxdb = await influxdbOf(t, programs);
    const place = placeIn(influxdb, { database: 'late' });
    const { sink, told } = startSink(t, place, { url: `http://127.0.0.1:${influxdb.port}` });
    write(sink, linesOf(100));
    await until(() => sink.facts.retries >= 3);
    assert.match(sink.facts.alarm ?? '', /^answered 40[34]: /);
    assert.equal(sink.counts.kept, 100);
    await influxdb.query('CREATE DATABASE late');
    await influxdb.query(`GRANT WRITE ON late TO ${influxdb.writer.username}`);
    await until(() => sink.counts.accepted === 100);
    assert.equal(await countIn(influxdb, 'late.autogen.m'), 100);
    assert.equal(sink.facts.alarm, null);
    assert.equal(told.length, 2, told.join('\n'));
  },
);

testWith(
  brought,
  'InfluxDB 1.6: a wrong password fills the spool, the right one empties it: every point once',
  async (programs, t) => {
    const folder = mkdtempSync(join(tmpdir(), 'influx-interop-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'spool.sqlite');
    const spool = await startSpoolPool({ path, maxBytes: 2 ** 26, maxAgeMs: 3_600_000, log: { warn: () => {} } });
    t.after(() => spool.close());
    const influxdb = await influxdbOf(t, programs);
    const url = `http://127.0.0.1:${influxdb.port}`;
    const login = { username: influxdb.writer.username, password: 'wrong' };
    const wrong: InfluxPlace = { version: 1, database: influxdb.database, retentionPolicy: null, login };
    // Refused by its password first: kept in the spool, where the next process finds it.
    const refused = startSink(t, wrong, { url }, { spool });
    write(refused.sink, linesOf(1000));
    await until(() => spool.counts.kept === 1000);
    assert.match(refused.sink.facts.alarm ?? '', /^answered 401: authorization failed/);
    await refused.sink.close();
    assert.deepEqual({ ...refused.sink.counts }, { accepted: 0, rejected: 0, dropped: 0, kept: 1000 });
    const { sink } = startSink(t, placeIn(influxdb), { url }, { spool });
    write(sink, linesOf(500, 1000));
    await until(() => sink.counts.kept === 0);
    assert.deepEqual({ ...sink.counts }, { accepted: 1500, rejected: 0, dropped: 0, kept: 0 });
    assert.equal(await countIn(influxdb), 1500);
    assert.equal(await influxdb.pointsReceived(), 1500, 'none was sent twice');
  },
);

testWith(brought, 'VictoriaMetrics: both dialects', async (programs, t) => {
  const victoria = await startVictoriaMetrics(programs);
  t.after(() => victoria.stop());
  const places: InfluxPlace[] = [
    { version: 1, database: 'first', retentionPolicy: null, login: null },
    { version: 2, org: 'lhcb', bucket: 'second', token: 'any' },
  ];
  for (const [at, place] of places.entries()) {
    const { sink } = startSink(t, place, { url: `http://127.0.0.1:${victoria.port}` });
    const nowMs = Date.now();
    write(
      sink,
      Array.from({ length: 50 }, (_, n) => `m${at},host=h up=${n}i ${BigInt(nowMs - 1000 - n * 1000) * 1_000_000n}`),
    );
    await sink.close();
    assert.deepEqual({ ...sink.counts }, { accepted: 50, rejected: 0, dropped: 0, kept: 0 });
    const series = await victoria.export(`{__name__="m${at}_up"}`);
    assert.deepEqual(
      series[0]?.values.toSorted((a, b) => a - b),
      Array.from({ length: 50 }, (_, n) => n),
    );
  }
});
