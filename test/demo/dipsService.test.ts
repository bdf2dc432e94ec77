import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ping } from '../../src/dips/ping.ts';
import { dipsService, frames } from '../peers.ts';

const SERVICE = 'Framework/Ping';

for (const [name, bytes] of [
  ['frames that hold no proposal', frames('xyz', 'xyz')],
  ['a proposal that is no dictionary', frames('le', 'le')],
  ['what is no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
] as const) {
  test(`${name}: the connection ends, the service lives on`, async (t) => {
    const port = await dipsService(t, { service: SERVICE, tls: null });
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.resume().write(bytes);
    await once(socket, 'close');
    const target = { scheme: 'dip', host: '127.0.0.1', port, service: SERVICE } as const;
    assert.equal((await ping(target, { timeoutMs: 5_000, identity: null })).ok, true);
  });
}
