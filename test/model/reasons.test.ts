import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { REASON_ADVICE, type ReasonAdvice } from '../../src/model/reasonAdvice.ts';
import { type FailureReason, REASONS } from '../../src/model/reasons.ts';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** How docs/reasons.md says it. */
function asSection(reason: FailureReason, { meaning, causes, advice }: ReasonAdvice): string {
  return `## ${reason}\n\n${meaning}\n\n${causes.map((cause) => `- ${cause}\n`).join('')}\n${advice}\n`;
}

test('docs/reasons.md has each reason, in order, as the code has it', () => {
  const [, ...sections] = read('docs/reasons.md').split(/^(?=## )/m);
  const expected = REASONS.map((reason) => asSection(reason, REASON_ADVICE[reason]));
  assert.deepEqual(
    sections.map((section) => section.trim()),
    expected.map((section) => section.trim()),
  );
  assert.deepEqual(Object.keys(REASON_ADVICE), [...REASONS]);
});

/** For each reason a test in which a real cause produces it: its file, and its title or its row's as it stands there. */
const PRODUCED_IN: Record<FailureReason, [file: string, title: string]> = {
  dns: ['dips/ping', 'a name that does not resolve'],
  refused: ['dips/ping', 'nobody listens'],
  unreachable: ['dips/ping', 'no route'],
  connect_timeout: ['dips/pingDeadline', 'no answer to the TCP connect: connect_timeout'],
  tls_timeout: ['dips/pingDeadline', 'TCP is up, TLS is not: tls_timeout'],
  tls_cert_expired: ['dips/pingTls', "the service's certificate is over"],
  tls_cert_untrusted: ['dips/pingTls', "the service's certificate is of a CA that we do not have"],
  tls_name_mismatch: ['dips/pingTls', "the service's certificate is for another name"],
  tls_crl_revoked: ['dips/pingCrl', 'a revoked CA below the root, which the service sends'],
  tls_crl_expired: ['dips/pingCrl', 'a CRL past its next update: fail'],
  tls_rejected_us: ['dips/pingTls', 'a service of our own refuses us on'],
  tls_protocol: ['dips/pingTls', 'a service that knows TLS 1.1 at most'],
  rpc_timeout: ['dips/pingDeadline', 'and then silence: rpc_timeout'],
  rpc_protocol: ['dips/ping', 'nonsense'],
  rpc_error: ['dips/ping', 'an S_ERROR'],
  unauthorized: ['dips/ping', 'services of our own: another service, and one that bars everybody'],
  wrong_service: ['dips/ping', 'services of our own: another service, and one that bars everybody'],
  wrong_protocol: ['dips/pingTls', 'plain HTTP on a dips target'],
  closed_early: ['dips/pingTls', 'the service closes right after the handshake'],
  gateway: ['dips/ping', 'a gateway'],
  overload: ['http/frontLimits', 'beyond the capacity: 429, which Consul takes for a warning, and when to come again'],
  forbidden_target: ['entrypoint/allow', 'serve: 403 and no connection for what the rules leave out'],
  no_credentials: ['dips/ping', 'dips without credentials: no_credentials, and no connection is made'],
};

for (const [reason, [file, title]] of Object.entries(PRODUCED_IN)) {
  test(`${reason} is produced by a real cause in test/${file}.test.ts`, () => {
    const text = read(`test/${file}.test.ts`);
    const at = text.indexOf(title);
    assert.ok(at >= 0, `no test "${title}" in it`);
    // Until the next test, or far enough for a row of a table.
    const body = text.slice(at, at + 1500).split(/\n {0,2}test\(/)[0] ?? '';
    assert.match(body, new RegExp(`\\b${reason}\\b`));
    assert.doesNotMatch(text, /\b(skip|only|todo): true|\btest\.(only|todo|skip)\(/);
  });
}
