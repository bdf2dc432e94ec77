import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createPki, dipsService } from '../peers.ts';
import { installDirac, startCommand } from './runCommand.ts';

const SERVICE = 'DataManagement/FileCatalog';
const CALLERS = 20;
const pki = await createPki();

type Ended = 'answered' | 'refused' | 'lost';

/** One check as Consul makes it, on a connection of its own. */
async function check(port: number, path: string): Promise<Ended> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } catch {
    return 'refused';
  }
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  let text = '';
  try {
    for await (const chunk of socket) text += chunk;
  } catch {
    return 'lost';
  }
  return /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nup: /.test(text) ? 'answered' : 'lost';
}

/** Checks on one connection that is kept, one after the other, until it ends; how many had no answer though they were sent. */
async function checkOnOne(port: number, path: string): Promise<{ answered: number; lost: number }> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const ended = new Promise<null>((resolve) => socket.once('close', () => resolve(null)));
  await once(socket, 'connect');
  const counts = { answered: 0, lost: 0 };
  for (;;) {
    const answer = Promise.race([once(socket, 'data').catch(() => null), ended]);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const data = await answer;
    if (data === null) return { ...counts, lost: 1 };
    counts.answered++;
    if (/connection: close/i.test(String(data[0]))) return counts;
    await delay(20);
  }
}

test('SIGTERM under load: whoever was accepted is answered, the others are refused', { timeout: 60_000 }, async (t) => {
  const { env } = installDirac(t, pki);
  const tls = { ...pki.host, caPem: pki.ca.caPem };
  const service = await dipsService(t, { service: SERVICE, tls, delayMs: 100 });
  const child = startCommand(t, ['serve', '--listen', '127.0.0.1:0'], env);
  const log = createInterface({ input: child.stderr as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const { url } = JSON.parse(String((await log.next()).value));
  const port = Number(new URL(url).port);
  const path = `/ping?host=127.0.0.1&port=${service}&service=${SERVICE}`;

  const ended: Record<Ended, number> = { answered: 0, refused: 0, lost: 0 };
  const callers = Array.from({ length: CALLERS }, async () => {
    for (let how: Ended = 'answered'; how !== 'refused'; ) {
      how = await check(port, path);
      ended[how]++;
    }
  });
  const kept = Array.from({ length: 20 }, () => checkOnOne(port, path));
  while (ended.answered < 5 * CALLERS) await delay(20);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.all(callers);
  assert.equal(ended.lost, 0, `lost ${ended.lost} of ${ended.answered}`);
  assert.equal(ended.refused, CALLERS, 'each caller found it closed at last');
  for (const { answered, lost } of await Promise.all(kept)) {
    assert.ok(answered > 0);
    assert.equal(lost, 0, 'a kept connection says that it ends with the last answer');
  }
  assert.deepEqual(await exited, [0, null]);
});
