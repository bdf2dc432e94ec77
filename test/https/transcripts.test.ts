import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FailureReason } from '../../src/model/reasons.ts';
import { createPki, tlsOptions, tlsPeer } from '../peers.ts';
import { startPinger } from './httpsPeers.ts';

/* Every recorded answer of a real Tornado service, played over a real connection to a ping. */

const pki = await createPki();

/** What was asked, and what the answer means to a ping: up with these facts, or why not. */
const OUTCOMES: Record<string, { version: string | null; name: string | null } | [FailureReason, RegExp]> = {
  ping: { version: 'of the release', name: 'Framework/TornadoRig' },
  ping_minimal: { version: 'of the release', name: 'Framework/TornadoRig' },
  ping_query: { version: 'of the release', name: 'Framework/TornadoRig' },
  unregistered_user: { version: 'of the release', name: 'Framework/TornadoRig' },
  // Another method's dictionary: no field of a ping is in it.
  whoami: { version: null, name: null },
  whoami_hosts: { version: null, name: null },
  fail: ['rpc_error', /^plain failure$/],
  failErrno: ['unauthorized', /^Unauthorized query \( 1111 : with errno\)$/],
  notDict: ['rpc_protocol', /^expected a dictionary with OK/],
  boom: ['rpc_error', /^HTTP 500 Internal Server Error$/],
  ping_bad_args: ['rpc_error', /^HTTP 500/],
  ping_extra_arg: ['rpc_error', /^HTTP 500/],
  ping_raw: ['rpc_error', /^HTTP 500/],
  no_method: ['rpc_error', /^HTTP 400 Bad Request$/],
  ping_json_body: ['rpc_error', /^HTTP 400/],
  ping_get: ['rpc_error', /^HTTP 405 Method Not Allowed$/],
  garbage: ['rpc_error', /^HTTP 405/],
  unknown_method: ['rpc_error', /^HTTP 501 Not Implemented$/],
  unauthorized: ['unauthorized', /^HTTP 401 Unauthorized$/],
  no_cert_tls12: ['unauthorized', /^HTTP 401/],
  no_cert_tls13: ['unauthorized', /^HTTP 401/],
  wrong_service: ['wrong_service', /^HTTP 404 Not Found: no Framework\/TornadoRig on this server$/],
  ping_trailing_slash: ['wrong_service', /^HTTP 404/],
  root: ['wrong_service', /^HTTP 404/],
};

const transcripts = readFileSync(new URL('../fixtures/https/transcripts.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; answer: string });

for (const { name, answer } of transcripts) {
  test(name, async (t) => {
    const expected = OUTCOMES[name.replace(/^v\d_https_/, '')];
    assert.ok(expected, 'a recording whose meaning is not written down');
    const port = await tlsPeer(t, tlsOptions(pki), (socket) => socket.once('data', () => socket.write(answer)));
    const result = await startPinger(t, pki)(`https://127.0.0.1:${port}/Framework/TornadoRig`);
    if (Array.isArray(expected)) {
      assert.deepEqual([result.ok, result.reason], [false, expected[0]], `${result.detail}`);
      assert.match(`${result.detail}`, expected[1]);
      return;
    }
    assert.deepEqual([result.ok, result.encoding, result.name], [true, 'json', expected.name], `${result.detail}`);
    if (expected.version === null) assert.equal(result.version, null);
    else assert.match(`${result.version}`, name.startsWith('v8') ? /^8\.0\.55$/ : /^9\.0\.0a32/);
  });
}
