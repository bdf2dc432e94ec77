import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { readSessionPeer } from '../../src/dips/sessionPeer.ts';
import { createPki, tlsOptions, tlsPeer } from '../peers.ts';

const pki = await createPki();
const { raw } = new X509Certificate(pki.host.certPem);

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`the service's certificate is in the session, ${maxVersion}`, async (t) => {
    const port = await tlsPeer(t, tlsOptions(pki, { maxVersion }), () => {});
    const { ca, credential } = pki;
    const given = { ca: ca.caPem, cert: credential.certPem, key: credential.keyPem };
    const socket = connect({ host: '127.0.0.1', port, ...given });
    await once(socket, 'secureConnect');
    const session = socket.getSession() as Buffer;
    socket.destroy();
    assert.deepEqual(readSessionPeer(session), raw);
    // As older Nodes give it, without the label before it.
    assert.deepEqual(readSessionPeer(session.subarray(session.indexOf(raw) - offsetIn(session))), raw);
    // Cut anywhere it is none, or the certificate is whole.
    for (let length = 0; length < session.length; length++) {
      const found = readSessionPeer(session.subarray(0, length));
      assert.ok(found === null || found.equals(raw), `${length} of ${session.length} bytes`);
    }
  });
}

/** How far behind the session's own beginning the certificate stands. */
function offsetIn(session: Buffer): number {
  const begin = session.indexOf(Buffer.from([0x30, 0x82]));
  return session.indexOf(raw) - begin;
}

test('what is no session has no certificate', () => {
  for (const bytes of ['', '\0', '0', 'junk', '\0nodejs:tls:session:1\0', '\0nodejs:tls:session:1\0\xff\xff0']) {
    assert.equal(readSessionPeer(Buffer.from(bytes, 'latin1')), null);
  }
});
