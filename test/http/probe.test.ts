import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { failedBeforeConnect, type ProbeResult } from '../../src/model/result.ts';
import { formatTarget } from '../../src/model/target.ts';
import { createPki, deadPort, dipsService } from '../peers.ts';
import { graded, SERVICE, startPinger, startTestFront } from './pinger.ts';
import { get } from './rawHttp.ts';
import { readExposition } from './readExposition.ts';

const pki = await createPki();
const tls = { ...pki.host, caPem: pki.ca.caPem };
const HEADER = 'X-Prometheus-Scrape-Timeout-Seconds';

test('/probe of a service that is up, by names that blackbox_exporter has', async (t) => {
  const { url } = await startPinger(t, pki);
  const port = await dipsService(t, { service: SERVICE, tls });
  const answer = await get(
    url,
    `/probe?module=dips&target=${encodeURIComponent(`dips://127.0.0.1:${port}/${SERVICE}`)}`,
  );
  assert.equal(answer.statusLine, 'HTTP/1.1 200 OK');
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const { families, of, numberOf } = readExposition(answer.body);
  assert.deepEqual(of('probe_success'), [' 1']);
  assert.deepEqual(of('probe_ip_protocol'), [' 4']);
  assert.deepEqual(of('probe_tls_version_info'), ['{version="TLS 1.3"} 1']);
  assert.ok(numberOf('probe_ssl_earliest_cert_expiry') > Date.now() / 1000);
  assert.ok(numberOf('probe_duration_seconds') > 0 && numberOf('probe_duration_seconds') < 8);
  assert.ok(Math.abs(numberOf('dips_service_start_time_seconds') - Date.now() / 1000) < 60);
  const phases = of('probe_dips_phase_duration_seconds').map((line) => line.split(' ')[0]);
  assert.deepEqual(phases, ['{phase="dns"}', '{phase="connect"}', '{phase="tls"}', '{phase="rpc"}']);
  assert.deepEqual(of('probe_failed_info'), []);
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  for (const { name, type, help } of families) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` | ${type} |`));
    assert.ok(row?.endsWith(`| ${help} |`), `docs/metrics.md has no row for ${name}: ${help}`);
  }
});

test('/probe of a service that is down: 200, and why', async (t) => {
  const { url } = await startPinger(t, pki);
  const answer = await get(url, `/probe?target=127.0.0.1:${await deadPort()}/${SERVICE}`);
  assert.equal(answer.statusLine, 'HTTP/1.1 200 OK');
  const { of } = readExposition(answer.body);
  assert.deepEqual([of('probe_success'), of('probe_failed_info')], [[' 0'], ['{reason="refused"} 1']]);
  assert.deepEqual(of('probe_tls_version_info'), []);
});

test('the module is the scheme of a target without one', async (t) => {
  const asked: string[] = [];
  const { url } = await startTestFront(t, async ({ target }) => {
    asked.push(formatTarget(target));
    return graded(failedBeforeConnect(formatTarget(target), 'refused', ''));
  });
  for (const query of [
    'target=a:9135/A/B',
    'target=a:9135/A/B&module=https',
    'target=a&module=diracx',
    'target=dip://a:9135/A/B&module=https',
    'target=[::1]:9135/A/B',
  ]) {
    assert.equal((await get(url, `/probe?${query}`)).statusLine, 'HTTP/1.1 200 OK', query);
  }
  assert.deepEqual(asked, [
    'dips://a:9135/A/B',
    'https://a:9135/A/B',
    'diracx+https://a:443',
    'dip://a:9135/A/B',
    'dips://[::1]:9135/A/B',
  ]);
});

/** Queries that are refused, and the status text that each gets. */
const REFUSED: [query: string, text: string][] = [
  ['', 'Target parameter is missing: expected ?target=dips://host:port/System/Service'],
  ['target=a:9135/A/B&module=http_2xx', 'Unknown module "http_2xx": expected one of dips, https, diracx'],
  ['target=a:9135/A/B&module=toString', 'Unknown module "toString": expected one of dips, https, diracx'],
  ['target=ftp://a/b', 'target "ftp://a/b": scheme "ftp": expected dips, dip, https or diracx+https'],
  ['target=a:9135/A/B&timeout=5', 'timeout "5": expected a time such as 500ms, 5s or 2m, at most 24h'],
];

test('/probe says what a query got wrong', async (t) => {
  const { url } = await startTestFront(t, () => Promise.reject(new Error('not asked')));
  for (const [query, text] of REFUSED) {
    assert.equal((await get(url, `/probe?${query}`)).statusLine, `HTTP/1.1 400 ${text}`);
  }
  for (const text of ['soon', '0', '-1', 'NaN', '']) {
    const { statusLine } = await get(url, '/probe?target=a:9135/A/B', `${HEADER}: ${text}\r\n`);
    assert.equal(statusLine, `HTTP/1.1 400 ${HEADER} "${text}": expected a number of seconds above 0`);
  }
});

test('a prober that is full: 429 and when to come again', async (t) => {
  const full: ProbeResult = failedBeforeConnect('dips://a:9135/A/B', 'overload', 'full');
  const { url } = await startTestFront(t, async () => graded(full));
  const answer = await get(url, '/probe?target=a:9135/A/B');
  assert.equal(answer.statusLine, 'HTTP/1.1 429 Too Many Requests');
  assert.equal(answer.headers['retry-after'], '1');
  assert.deepEqual(readExposition(answer.body).of('probe_failed_info'), ['{reason="overload"} 1']);
});

/** What a caller says of its patience, and the deadline that is handed on. */
const PATIENCE: [query: string, header: string | null, timeoutMs: number | undefined][] = [
  ['', null, undefined],
  ['&timeout=5s', null, 5_000],
  ['', '10', 9_500],
  ['', '0.4', 200],
  ['', '1', 500],
  ['&timeout=2s', '10', 2_000],
  ['&timeout=1m', '10.0', 9_500],
];

for (const path of ['/ping?host=a&port=9135&service=A/B', '/probe?target=a:9135/A/B']) {
  test(`${path.slice(0, path.indexOf('?'))} hands on how long its caller waits, and how old a result may be`, async (t) => {
    const asked: unknown[] = [];
    const { url } = await startTestFront(t, async ({ target, timeoutMs, maxAgeMs }) => {
      asked.push([timeoutMs, maxAgeMs]);
      return graded(failedBeforeConnect(formatTarget(target), 'refused', ''));
    });
    for (const [query, header, timeoutMs] of PATIENCE) {
      await get(url, `${path}${query}`, header === null ? '' : `${HEADER}: ${header}\r\n`);
      assert.deepEqual(asked.pop(), [timeoutMs, undefined], `${query} ${header}`);
    }
    await get(url, `${path}&maxAge=30s`);
    assert.deepEqual(asked.pop(), [undefined, 30_000]);
    const { statusLine } = await get(url, `${path}&maxAge=old`);
    assert.equal(statusLine, 'HTTP/1.1 400 maxAge "old": expected a time such as 500ms, 5s or 2m, at most 24h');
  });
}
