import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { pingPath } from '../http/pinger.ts';
import { get } from '../http/rawHttp.ts';
import { answerWith, createPki, tcpPeer, tlsOptions, tlsPeer } from '../peers.ts';
import { installDirac, startCommand } from './runCommand.ts';

/*
 * Whom `serve` and `run` ping when HTTP asks them to. A service's own count of connections tells who was not.
 */

const pki = await createPki();

/** The URL in the log of a command that listens. */
async function urlOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    const { url } = JSON.parse(line);
    if (url) return url;
  }
  throw new Error('it ended before it listened');
}

/** A healthy service that counts its connections. */
async function countingService(t: TestContext) {
  const seen = { connections: 0 };
  const serve = answerWith('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valueds7:versions6:8.0.55ee');
  const secure = await tlsPeer(t, tlsOptions(pki), serve);
  // In front of it, so that a connection counts before its TLS.
  const port = await tcpPeer(t, (socket) => {
    seen.connections++;
    const upstream = connect(secure, '127.0.0.1').on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return { port, seen };
}

test('serve: 403 and no connection for what the rules leave out', async (t) => {
  const { env } = installDirac(t, pki);
  const { port, seen } = await countingService(t);
  const rules = ['--allow', '10.0.0.0/8', '--allow', `localhost:${port}`];
  const url = await urlOf(startCommand(t, ['serve', '--listen', '127.0.0.1:0', ...rules], env));
  const why = `not allowed to ping dips://127.0.0.1:${port}/DataManagement/FileCatalog: no rule covers this address`;
  const refused = await get(url, pingPath(port));
  assert.equal(refused.statusLine, `HTTP/1.1 403 ${why}`);
  assert.equal(refused.body, `forbidden_target: ${why}\ndips://127.0.0.1:${port}/DataManagement/FileCatalog\n`);
  const json = await get(url, `${pingPath(port)}&format=json`);
  const { ok, reason, detail, address } = JSON.parse(json.body);
  assert.deepEqual([ok, reason, detail, address], [false, 'forbidden_target', why, null]);
  assert.match(json.statusLine, /^HTTP\/1\.1 403 /);
  for (const host of ['2130706433', '127.1', '[::ffff:127.0.0.1]']) {
    assert.match(
      (await get(url, pingPath(port, 'A/B', host))).statusLine,
      /^HTTP\/1\.1 403 not allowed to ping /,
      host,
    );
  }
  assert.equal(seen.connections, 0);
  assert.equal((await get(url, pingPath(port, 'A/B', 'localhost'))).statusLine, 'HTTP/1.1 200 OK');
  assert.equal(seen.connections, 1);
});

test('serve without rules: loopback from port 1024, no other port and no public address', async (t) => {
  const { env } = installDirac(t, pki);
  const { port } = await countingService(t);
  const url = await urlOf(startCommand(t, ['serve', '--listen', '127.0.0.1:0'], env));
  assert.equal((await get(url, pingPath(port))).statusLine, 'HTTP/1.1 200 OK');
  for (const [host, to] of [
    ['127.0.0.1', 1023],
    ['192.0.2.1', port],
    ['169.254.169.254', port],
    ['0.0.0.0', port],
  ] as const) {
    assert.match((await get(url, pingPath(to, 'A/B', host))).statusLine, /^HTTP\/1\.1 403 /, host);
  }
});

test('run with an empty list: the targets of its file and nothing else', async (t) => {
  const { env, folder } = installDirac(t, pki);
  const [named, other] = [await countingService(t), await countingService(t)];
  const security = join(folder.path, 'dirac/etc/grid-security');
  const config = {
    credentials: { cert: join(security, 'hostcert.pem'), key: join(security, 'hostkey.pem') },
    http: { listen: '127.0.0.1:0' },
    targets: [`dips://127.0.0.1:${named.port}/A/B`],
    allow: [],
  };
  const file = folder.write('run.yaml', JSON.stringify(config));
  const url = await urlOf(startCommand(t, ['run', '--config', file], env));
  assert.equal((await get(url, pingPath(named.port, 'A/B'))).statusLine, 'HTTP/1.1 200 OK');
  assert.match(
    (await get(url, pingPath(named.port, 'A/C'))).statusLine,
    /^HTTP\/1\.1 403 .*: no rule covers this host/,
  );
  assert.match((await get(url, pingPath(other.port, 'A/B'))).statusLine, /^HTTP\/1\.1 403 /);
  assert.equal(other.seen.connections, 0);
});
