import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseNode } from '../../src/cadvisor/node.ts';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { startCollecting, startSilentNode, totalsOf } from './collecting.ts';
import { deadAddress, listen, listenHttp, until } from './servers.ts';

/** A body of one machine sample per call, one second after the one before. */
function machineSamples() {
  let taken = 0;
  return () => {
    taken++;
    const timestamp = new Date(1e12 + taken * 1000).toISOString();
    return JSON.stringify({ name: '/', stats: [{ timestamp, cpu: { usage: { total: taken } } }] });
  };
}

test('200 nodes behind one address, 20 of them dead or silent: the 180 miss no round', async (t) => {
  const rounds = new Map<string, number>();
  const address = await listenHttp(t, (request, response) => {
    const [, node = '', , , source] = request.url?.split('/') ?? [];
    request.resume();
    if (node.startsWith('silent')) return;
    if (source === 'containers') rounds.set(node, (rounds.get(node) ?? 0) + 1);
    response.end('{}');
  });
  const dead = await deadAddress();
  const silent = await startSilentNode(t);
  const names = Array.from({ length: 200 }, (_, index) => {
    if (index % 10 !== 0) return `http://${address}/sound-${index}`;
    const kinds = [`http://${dead}/${index}`, `http://${silent.address}/${index}`, `http://${address}/silent-${index}`];
    return kinds[(index / 10) % 3] as string;
  });
  const { collector } = startCollecting(t, names, { intervalMs: 1_000, timeoutMs: 900, workers: 2 });
  await until(() => rounds.size === 180 && [...rounds.values()].every((count) => count >= 4));
  await until(() => collector.failingNodes === 20);
  assert.equal(collector.nodes, 200);
  await collector.close();
});

test('over https with a CA of its own; another CA is refused', async (t) => {
  const [ca, other] = await Promise.all([createThrowAwayCa(), createThrowAwayCa()]);
  const { certPem, keyPem } = await ca.issue();
  const body = machineSamples();
  let connections = 0;
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    request.resume();
    response.end(request.url === '/cadvisor/api/v1.3/containers/' ? body() : '{}');
  }).on('secureConnection', () => connections++);
  const node = parseNode(`https://${await listen(t, server)}/cadvisor/`);
  const { collector, sink } = startCollecting(t, [], { nodes: [{ ...node, ca: ca.caPem }] });
  await until(() => collector.counts.rounds >= 4);
  assert.equal(connections, 1);
  assert.deepEqual(totalsOf(sink, true).slice(0, 3), [1, 2, 3]);
  await collector.close();

  const refusing = startCollecting(t, [], { nodes: [{ ...node, ca: other.caPem }] });
  await until(() => refusing.logged.length > 0);
  const [told] = refusing.logged;
  assert.match(told?.detail ?? '', /certificate/);
  assert.equal(told?.node, node.address);
});

test('a name that the certificate does not hold is refused', async (t) => {
  const ca = await createThrowAwayCa();
  const { certPem, keyPem } = await ca.issue({ names: [{ type: 'dns', value: 'elsewhere.example.org' }] });
  const server = createServer({ cert: certPem, key: keyPem }, (_request, response) => response.end('{}'));
  const node = parseNode(`https://${await listen(t, server)}`);
  const { logged } = startCollecting(t, [], { nodes: [{ ...node, ca: ca.caPem }] });
  await until(() => logged.length > 0);
  assert.match(logged[0]?.detail ?? '', /does not match certificate/);
});

test('a login is sent, and told to nobody', async (t) => {
  let isOpen = true;
  const expected = `Basic ${Buffer.from('probe:s3cret').toString('base64')}`;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (isOpen && request.headers.authorization === expected) return void response.end('{}');
    response.writeHead(401).end('Unauthorized\n');
  });
  const node = { ...parseNode(address), login: { username: 'probe', password: 's3cret' } };
  const { collector, logged } = startCollecting(t, [], { nodes: [node] });
  await until(() => collector.counts.rounds >= 2);
  assert.equal(collector.counts.failedRounds, 0);
  isOpen = false;
  await until(() => logged.length > 0);
  assert.match(logged[0]?.detail ?? '', /answered 401: Unauthorized \(it does not take our username and password\)/);
  assert.doesNotMatch(JSON.stringify(logged), /s3cret|cHJvYmU6czNjcmV0/);
});

test('compressed answers, and after one that is too large the newest samples alone', async (t) => {
  const asked: number[] = [];
  const body = machineSamples();
  const address = await listenHttp(t, async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.url === '/api/v1.3/docker') return void response.end('{}');
    const { num_stats: numStats } = JSON.parse(text) as { num_stats: number };
    asked.push(numStats);
    const answer = numStats > 1 && asked.length === 2 ? `{"stats": [], "x": "${'x'.repeat(20_000)}"}` : body();
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(answer));
  });
  const { collector, sink, logged } = startCollecting(t, [address], { maxBytes: 10_000 });
  await until(() => collector.counts.samples >= 3);
  await collector.close();
  assert.deepEqual(asked.slice(0, 3), [1, 3, 1]);
  assert.match(logged[0]?.detail ?? '', /machine: the answer is larger than 10000 bytes/);
  assert.deepEqual(totalsOf(sink, true).slice(0, 3), [1, 2, 3]);
});

test('an interval and a deadline of its own', async (t) => {
  const silent = await startSilentNode(t);
  let asked = 0;
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    asked++;
    response.end('{}');
  });
  const nodes = [
    { ...parseNode(silent.address), timeoutMs: 50 },
    { ...parseNode(address), intervalMs: 3_600_000 },
  ];
  const { logged } = startCollecting(t, [], { nodes });
  await until(() => logged.length > 0);
  assert.match(logged[0]?.detail ?? '', /docker: no whole answer within 50 ms/);
  assert.ok(asked <= 2, 'once an hour');
});

test('an old cAdvisor that knows no docker answers is collected for its machine all the same', async (t) => {
  const body = machineSamples();
  const address = await listenHttp(t, (request, response) => {
    request.resume();
    if (request.url === '/api/v1.3/containers/') return void response.end(body());
    response.writeHead(500).end('unknown request type "docker"\n');
  });
  const { collector, sink, logged } = startCollecting(t, [address]);
  await until(() => collector.counts.samples >= 2);
  await collector.close();
  assert.deepEqual(totalsOf(sink, true).slice(0, 2), [1, 2]);
  assert.equal(logged[0]?.detail, `${address} docker: answered 500: unknown request type "docker"`);
});
