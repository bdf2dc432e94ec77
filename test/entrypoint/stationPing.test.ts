import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { PRIVATE_NETWORKS } from '../../src/config/allowRules.ts';
import { startHistoryPool } from '../../src/engine/historyPool.ts';
import { type Station, type StationOptions, startStation } from '../../src/entrypoint/station.ts';
import type { Stores } from '../../src/entrypoint/stores.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { DEFAULT_LIMITS } from '../../src/model/stateLimits.ts';
import { parseTarget } from '../../src/model/target.ts';
import type { TargetHistory } from '../../src/model/targetState.ts';
import { temporaryFolder } from '../grid/gridFiles.ts';
import { get, open, readAnswer } from '../http/rawHttp.ts';
import { createPki, dipsService, tlsOptions, tlsPeer } from '../peers.ts';

/*
 * What HTTP is answered by a station that watches targets, over real sockets.
 */

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };
const PING = { timeoutMs: 5_000, workers: 1, maxInFlight: 100, jitter: 0.02, limits: DEFAULT_LIMITS };
const LONG_MS = 3_600_000;
const NO_STORES: Stores = { sinks: {}, marks: [], influx: null, history: null, close: async () => {} };

async function start(t: TestContext, over: Partial<StationOptions>): Promise<Station> {
  const station = await startStation({
    credential: pki.credential,
    targets: [],
    allow: PRIVATE_NETWORKS,
    ping: PING,
    collect: {
      nodes: [],
      intervalMs: LONG_MS,
      timeoutMs: 1_000,
      workers: 1,
      maxBytes: 2 ** 20,
      format: ORIGINAL_FORMAT,
    },
    stores: NO_STORES,
    http: { listen: { host: '127.0.0.1', port: 0 }, statusProfile: 'consul' },
    reload: null,
    log: pino({ level: 'silent' }),
    ...over,
  });
  t.after(() => station.close());
  return station;
}

function watched(port: number, over = {}) {
  const target = parseTarget(`dips://127.0.0.1:${port}/A/B`);
  return { target, intervalMs: LONG_MS, timeoutMs: 5_000, limits: DEFAULT_LIMITS, ...over };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < 400, `it did not come to ${holds}`);
    await delay(25);
  }
}

function pathOf(port: number, more = ''): string {
  return `/ping?host=127.0.0.1&port=${port}&service=A/B${more}`;
}

test('maxAge: the newest scheduled result where it is young enough, with its age; else a ping', async (t) => {
  let pings = 0;
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
    pings++;
    socket.destroy();
  });
  const station = await start(t, { targets: [watched(port, { intervalMs: 300 })] });
  await until(() => station.statuses()[0]?.state === 'down');
  // Seldom from now on, so that what is counted is asked for by HTTP.
  station.change({ targets: [watched(port)], allow: PRIVATE_NETWORKS, ping: PING });
  // What was handed over before has been pinged, and its result is here: 200 ms each.
  await delay(1_000);
  const before = pings;
  const old = await get(station.url, pathOf(port, '&maxAge=1h'));
  assert.match(old.statusLine, /^HTTP\/1.1 503 /);
  assert.match(`${old.headers['x-result-age']}`, /^\d+\.\d{3}$/);
  assert.equal(pings, before, 'answered from what is known');
  await delay(30);
  const fresh = await get(station.url, pathOf(port, '&maxAge=1ms'));
  assert.equal(fresh.headers['x-result-age'], undefined);
  assert.ok(pings > before);
  const without = pings;
  await get(station.url, pathOf(port));
  assert.ok(pings > without);
});

test('a target that is not watched is pinged, whatever its maxAge', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls });
  const station = await start(t, {});
  const answer = await get(station.url, pathOf(port, '&maxAge=1h'));
  assert.equal(answer.statusLine, 'HTTP/1.1 200 OK');
  assert.equal(answer.headers['x-result-age'], undefined);
});

test('of a watched target, /ping checks the certificate for the name that is configured, and grades by its limits', async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls });
  const named = { serverName: 'other.example.org' };
  const strict = { limits: { ...DEFAULT_LIMITS, certificateWarnMs: 300 * 86_400_000 } };
  const station = await start(t, { targets: [watched(port, named)] });
  assert.match((await get(station.url, pathOf(port))).statusLine, /^HTTP\/1.1 503 .*other\.example\.org/);
  station.change({ targets: [watched(port, strict)], allow: [], ping: PING });
  assert.match((await get(station.url, pathOf(port))).statusLine, /^HTTP\/1.1 429 /);
  station.change({ targets: [], allow: PRIVATE_NETWORKS, ping: PING });
  assert.match((await get(station.url, pathOf(port))).statusLine, /^HTTP\/1.1 200 /);
});

test("the caller's deadline counts where it is the shorter one, the prober's where that is", async (t) => {
  const port = await dipsService(t, { service: 'A/B', tls, delayMs: 60_000 });
  const station = await start(t, { ping: { ...PING, timeoutMs: 3_000 } });
  // What is left of it for the answer is told; TCP and TLS have had their part.
  const leftOf = async (more: string) => {
    const { statusLine, body } = await get(station.url, pathOf(port, more));
    assert.match(statusLine, /^HTTP\/1.1 503 /);
    return Number(/ within (\d+) ms/.exec(body)?.[1]);
  };
  const [shorter, longer, none] = [await leftOf('&timeout=700ms'), await leftOf('&timeout=1h'), await leftOf('')];
  assert.ok(shorter > 0 && shorter <= 700, `${shorter}`);
  for (const own of [longer, none]) assert.ok(own > 700 && own <= 3_000, `${own}`);
});

test('many that ask for one service at once share one connection', async (t) => {
  let connections = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const port = await tlsPeer(t, tlsOptions(pki), (socket) => {
    connections++;
    void released.then(() => socket.destroy());
  });
  const station = await start(t, {});
  const request = `GET ${pathOf(port)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  const callers = await Promise.all(Array.from({ length: 50 }, () => open(station.url, request)));
  await until(() => connections > 0);
  // All are in: what was sent on the other connections came before this is answered.
  await get(station.url, '/self');
  release();
  const answers = await Promise.all(callers.map(readAnswer));
  assert.ok(answers.every(({ statusLine }) => statusLine.startsWith('HTTP/1.1 503')));
  // A connection that ends early is tried once more.
  assert.ok(connections <= 2, `${connections} connections`);
});

test('a prober at its cap says overload, to every caller at once', async (t) => {
  const slow = await dipsService(t, { service: 'A/B', tls, delayMs: 60_000 });
  const quick = await dipsService(t, { service: 'A/B', tls });
  const station = await start(t, { ping: { ...PING, maxInFlight: 1, timeoutMs: 1_500 } });
  const held = await open(station.url, `GET ${pathOf(slow)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await get(station.url, '/self');
  const refused = await get(station.url, pathOf(quick));
  assert.match(refused.statusLine, /^HTTP\/1.1 429 1 pings are under way/);
  assert.equal(refused.headers['retry-after'], '1');
  await readAnswer(held);
  assert.match((await get(station.url, pathOf(quick))).statusLine, /^HTTP\/1.1 200 /);
});

test('the history has each result and transition of a target, and nothing is lost when it stops', async (t) => {
  const folder = temporaryFolder(t);
  const port = await dipsService(t, { service: 'A/B', tls });
  const place = { path: join(folder.path, 'history.sqlite'), maxAgeMs: LONG_MS, maxRows: 10_000 };
  const history = await startHistoryPool({ ...place, log: pino({ level: 'silent' }) });
  const station = await start(t, {
    stores: { ...NO_STORES, history, close: history.close },
    targets: [watched(port, { intervalMs: 100 })],
  });
  await until(() => history.counts.stored >= 3);
  const key = encodeURIComponent(`dips://127.0.0.1:${port}/A/B`);
  const answer = await fetch(`${station.url}/api/v1/targets/${key}/history?limit=2`);
  const { entries, transitions } = (await answer.json()) as TargetHistory;
  assert.deepEqual(
    entries.map(({ ok, reason }) => [ok, reason]),
    [
      [true, null],
      [true, null],
    ],
  );
  assert.deepEqual(
    transitions.map(({ from, to }) => [from, to]),
    [[null, 'up']],
  );
  await station.close();
  const { stored, dropped, kept } = history.counts;
  assert.ok(stored > 3);
  assert.deepEqual([dropped, kept], [0, 0]);
});
