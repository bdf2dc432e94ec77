import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FrontOptions, WatchSource } from '../../src/http/frontOptions.ts';
import { failedBeforeConnect } from '../../src/model/result.ts';
import type { HistoryEntry, TargetHistory, TargetStatus, Transition } from '../../src/model/targetState.ts';
import { noFacts, startTestFront } from './pinger.ts';
import { get, open, readAnswer } from './rawHttp.ts';
import { readExposition } from './readExposition.ts';

const TARGET = 'dips://a.example.org:9135/DataManagement/FileCatalog';
const PATH = `/api/v1/targets/${encodeURIComponent(TARGET)}/history`;
const DOWN: TargetStatus = {
  target: TARGET,
  state: 'down',
  sinceMs: 1_000,
  reason: 'refused',
  result: failedBeforeConnect(TARGET, 'refused', '10.0.0.1:9135: ECONNREFUSED'),
  resultAtMs: 2_000,
};
const UNKNOWN: TargetStatus = {
  target: 'dips://b:1/A/B',
  state: null,
  sinceMs: null,
  reason: null,
  result: null,
  resultAtMs: null,
};
const TRANSITION: Transition = {
  target: TARGET,
  from: 'up',
  to: 'down',
  atMs: 1_000,
  reason: 'refused',
  detail: '"x"\n',
};
const ENTRY: HistoryEntry = { target: TARGET, atMs: 1_000, ok: false, reason: 'refused', detail: null, totalMs: 0.5 };

const notAsked = () => Promise.reject(new Error('not asked'));

/** A front whose watch tells of whatever the test makes up. */
async function startWatched(t: TestContext, over: Partial<WatchSource> = {}, options: Partial<FrontOptions> = {}) {
  const listeners = new Set<(transition: Transition) => void>();
  const watch: WatchSource = {
    statuses: () => [DOWN, UNKNOWN],
    history: notAsked,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...over,
  };
  const front = await startTestFront(t, notAsked, { watch, ...options });
  const tell = (transition: Transition) => {
    for (const listener of listeners) listener(transition);
  };
  return { ...front, listeners, tell };
}

/** Collects what comes on a connection. */
function collect(socket: Socket): { text(): string; until(pattern: RegExp): Promise<void> } {
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  return {
    text: () => text,
    until: async (pattern) => {
      for (let turn = 0; turn < 400 && !pattern.test(text); turn++) await delay(25);
      assert.match(text, pattern);
    },
  };
}

test('the watched targets as they are, those without a result too', async (t) => {
  const { url } = await startWatched(t);
  const { statusLine, headers, body } = await get(url, '/api/v1/targets');
  assert.deepEqual([statusLine, headers['content-type']], ['HTTP/1.1 200 OK', 'application/json']);
  assert.deepEqual(JSON.parse(body), [DOWN, UNKNOWN]);
});

test('the history of a target, by its URL', async (t) => {
  const asked: unknown[] = [];
  const { url } = await startWatched(t, {
    history: async (target, query): Promise<TargetHistory> => {
      asked.push([target, query]);
      return { entries: [ENTRY], transitions: [TRANSITION] };
    },
  });
  const whole = await get(url, PATH);
  assert.deepEqual([whole.statusLine, whole.headers['content-type']], ['HTTP/1.1 200 OK', 'application/json']);
  assert.deepEqual(JSON.parse(whole.body), { entries: [ENTRY], transitions: [TRANSITION] });
  assert.deepEqual(asked.pop(), [TARGET, { sinceMs: 0, limit: 100 }]);
  const before = Date.now();
  await get(url, `${PATH}?since=7d&limit=1000`);
  const [, { sinceMs, limit }] = asked.pop() as [string, { sinceMs: number; limit: number }];
  assert.equal(limit, 1000);
  assert.ok(sinceMs >= before - 7 * 86_400_000 && sinceMs <= Date.now() - 7 * 86_400_000);
});

/** Paths of a history that is not given, and why. */
const REFUSED: [path: string, statusLine: RegExp][] = [
  [`${PATH}?limit=0`, /^HTTP\/1\.1 400 limit "0": expected a number from 1 to 1000$/],
  [`${PATH}?limit=1001`, /^HTTP\/1\.1 400 limit "1001": expected a number from 1 to 1000$/],
  [`${PATH}?since=ever`, /^HTTP\/1\.1 400 since "ever": expected a time such as 10m, 12h or 30d, at most 366d$/],
  ['/api/v1/targets/%E0%A4%A/history', /^HTTP\/1\.1 400 .*the target is not percent-encoded UTF-8$/],
  ['/api/v1/targets/ftp%3A%2F%2Fa/history', /^HTTP\/1\.1 400 target "ftp:\/\/a": scheme "ftp"/],
  ['/api/v1/targets/c%3A1%2FA%2FB/history', /^HTTP\/1\.1 404 dips:\/\/c:1\/A\/B is not watched/],
  ['/api/v1/targets/a/b/history', /^HTTP\/1\.1 404 Not found/],
];

test('a history that is not given, and why', async (t) => {
  const { url } = await startWatched(t, { history: async () => ({ entries: [], transitions: [] }) });
  for (const [path, statusLine] of REFUSED) assert.match((await get(url, path)).statusLine, statusLine, path);
  assert.equal((await get(url, PATH)).statusLine, 'HTTP/1.1 200 OK', 'watched, but nothing was kept');
});

test('a history that cannot be read: 503', async (t) => {
  const { url } = await startWatched(t, { history: () => Promise.reject(new Error('history.sqlite cannot be read')) });
  assert.equal((await get(url, PATH)).statusLine, 'HTTP/1.1 503 history.sqlite cannot be read');
});

test('transitions as server-sent events', async (t) => {
  const front = await startWatched(t);
  const socket = await open(front.url, 'GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n');
  const stream = collect(socket);
  await stream.until(/: transitions of the watched targets/);
  assert.match(stream.text(), /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\n/);
  front.tell(TRANSITION);
  front.tell({ ...TRANSITION, to: 'up', reason: null });
  await stream.until(/"to":"up"/);
  const events = [...stream.text().matchAll(/event: transition\ndata: (.*)\n\n/g)].map(([, json = '']) =>
    JSON.parse(json),
  );
  assert.deepEqual(events, [TRANSITION, { ...TRANSITION, to: 'up', reason: null }]);
  const metrics = async () => readExposition((await get(front.url, '/metrics')).body);
  assert.deepEqual((await metrics()).of('dips_probe_http_event_listeners'), [' 1']);
  socket.destroy();
  await delay(50);
  assert.deepEqual((await metrics()).of('dips_probe_http_event_listeners'), [' 0']);
});

test('a stream on which nothing happens shows that it is alive', { timeout: 40_000 }, async (t) => {
  const { url } = await startWatched(t);
  const socket = await open(url, 'GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n');
  for await (const chunk of socket) if (/^: still here$/m.test(String(chunk))) return;
  assert.fail('the stream ended');
});

test('listeners are bounded, and end with the front', { timeout: 30_000 }, async (t) => {
  const front = await startWatched(t);
  const request = 'GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n';
  const sockets = await Promise.all(Array.from({ length: 100 }, () => open(front.url, request)));
  const streams = sockets.map(collect);
  for (const stream of streams) await stream.until(/: transitions/);
  const refused = await get(front.url, '/api/v1/events');
  assert.equal(refused.statusLine, 'HTTP/1.1 429 100 listeners are connected, the limit');
  assert.equal((await get(front.url, '/self')).statusLine, 'HTTP/1.1 200 OK');
  const ended = Promise.all(sockets.map((socket) => once(socket, 'end')));
  await front.close();
  await ended;
  assert.equal(front.listeners.size, 0, 'nothing is left subscribed');
});

test('a listener that does not read is cut off, the others are not', { timeout: 60_000 }, async (t) => {
  const front = await startWatched(t);
  const request = 'GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n';
  const [deaf, other] = [await open(front.url, request), await open(front.url, request)];
  deaf.pause();
  const stream = collect(other);
  await stream.until(/: transitions/);
  const closed = once(
    deaf.on('error', () => {}),
    'close',
  );
  const long: Transition = { ...TRANSITION, detail: 'x'.repeat(64_000) };
  // The kernel takes some megabytes for the deaf one before anything waits here.
  for (let told = 0; told < 400; told++) {
    front.tell(long);
    await delay(1);
  }
  const cut = readExposition((await get(front.url, '/metrics')).body).of('dips_probe_http_connections_cut_total');
  assert.ok(cut.includes('{cause="slow_reader"} 1'), cut.join('\n'));
  deaf.resume();
  await closed;
  front.tell({ ...TRANSITION, detail: 'the last' });
  await stream.until(/the last/);
});

test('/live, and /ready with what it waits for', async (t) => {
  let waitsFor: string | null = 'the first results';
  const { url } = await startTestFront(t, notAsked, { notReady: () => waitsFor });
  assert.equal((await get(url, '/live')).statusLine, 'HTTP/1.1 200 live');
  const early = await get(url, '/ready');
  assert.deepEqual([early.statusLine, early.body], ['HTTP/1.1 503 the first results', 'the first results\n']);
  waitsFor = null;
  assert.equal((await get(url, '/ready')).statusLine, 'HTTP/1.1 200 ready');
});

test('POST /-/reload: taken, taken in part, and not taken with every fault', async (t) => {
  let outcome = { faults: [] as string[], needsRestart: [] as string[] };
  const { url } = await startTestFront(t, notAsked, { reload: async () => outcome, metrics: noFacts });
  const reload = () => get(url, '/-/reload', '', 'POST');
  assert.deepEqual([(await reload()).statusLine, (await reload()).body], ['HTTP/1.1 200 OK', 'configuration taken\n']);
  outcome = { faults: [], needsRestart: ['http.listen'] };
  assert.equal((await reload()).body, 'configuration taken\nhttp.listen: changed, but counts only after a restart\n');
  outcome = { faults: ['targets[0]: bad', 'ping.timeout: bad'], needsRestart: [] };
  const refused = await reload();
  assert.equal(refused.statusLine, 'HTTP/1.1 400 Configuration not taken, the old one stays');
  assert.equal(refused.body, 'targets[0]: bad\nping.timeout: bad\n');
  const got = await get(url, '/-/reload');
  assert.deepEqual([got.statusLine, got.headers.allow], ['HTTP/1.1 405 Only POST is answered here', 'POST']);
});

/** An IPv4 address of this machine that is not loopback; what is sent to it stays on the machine all the same. */
function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

test('a reload is for this machine only', async (t) => {
  const other = ownAddress();
  if (!other) return t.skip('this machine has no address but loopback');
  const { url } = await startTestFront(t, notAsked, {
    host: '0.0.0.0',
    reload: () => Promise.reject(new Error('reloaded')),
  });
  const { port } = new URL(url);
  const { statusLine } = await readAnswer(
    await open(`http://${other}:${port}`, 'POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  );
  assert.equal(statusLine, 'HTTP/1.1 403 Only connections from this machine (127.0.0.1 or ::1) may reload');
});
