import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, encodePingRequest, type Outcome } from '../../src/dips/conversation.ts';
import { encodeDEncode } from '../../src/dips/dencode.ts';
import { encodeFrame } from '../../src/dips/frame.ts';
import { cutAtRandom, cutIntoBytes, seededRandom } from './pieces.ts';

const VERDICT = '18:ds2:OKb1s5:Valuene';
const ANSWER = frame({ OK: true, Value: { version: '8.0.55' } });
const JSON_VERDICT = '27:{"OK": true, "Value": null}';
const JSON_ANSWER = jsonFrame('{"OK": true, "Value": {"version": "9.0.0a32"}}');
const KEEP_ALIVE = 'dka42:ds2:OKb1s5:Valueds2:ids4:abc0s6:kapingb1ee';
const JSON_KEEP_ALIVE = 'dka53:{"OK": true, "Value": {"id": "abc0", "kaping": true}}';
const random = seededRandom(7);

test('the request is the one of the v6 client, which every era takes', () => {
  assert.equal(
    encodePingRequest('Framework/RigLab', '').toString(),
    '76:ds2:OKb1s5:Valuetts16:Framework/RigLabs4:Tests7:unknownets3:RPCs4:pinges0:ee' + '19:ds2:OKb1s5:Valuetee',
  );
  assert.equal(
    encodePingRequest('Framework/RigLab', 'hosts').toString(),
    '81:ds2:OKb1s5:Valuetts16:Framework/RigLabs4:Tests7:unknownets3:RPCs4:pinges5:hostsee' + '19:ds2:OKb1s5:Valuetee',
  );
});

test('the proposal that a v6r0 client was recorded to send is what our encoder makes of its parts', () => {
  const proposal = { tuple: [{ tuple: ['Framework/RigLab', 'RigSetup', 'rigvo'] }, { tuple: ['RPC', 'ping'] }, ''] };
  assert.equal(
    encodeFrame(Buffer.from(encodeDEncode({ OK: true, Value: proposal }))).toString(),
    '78:ds2:OKb1s5:Valuetts16:Framework/RigLabs8:RigSetups5:rigvoets3:RPCs4:pinges0:ee',
  );
});

/** The bytes a service sends before it closes, the reason they give (`ok`: none), and the detail for people. */
const SESSIONS: [name: string, sent: string, reason: string, detail?: string | RegExp][] = [
  ['an answer', VERDICT + ANSWER, 'ok'],
  ['an answer in JSON', JSON_VERDICT + JSON_ANSWER, 'ok'],
  ['a verdict and an answer in different encodings', VERDICT + JSON_ANSWER, 'ok'],
  ['keep-alives before the verdict', KEEP_ALIVE + JSON_KEEP_ALIVE + VERDICT + ANSWER, 'ok'],
  ['keep-alives between verdict and answer', VERDICT + KEEP_ALIVE + KEEP_ALIVE + ANSWER, 'ok'],
  ['a keep-alive whose body is no value', `dka3:xyz${VERDICT}${ANSWER}`, 'ok'],
  ['a hundred keep-alives', KEEP_ALIVE.repeat(100) + VERDICT + ANSWER, 'ok'],
  [
    'more keep-alives than that',
    KEEP_ALIVE.repeat(101) + VERDICT,
    'rpc_protocol',
    'more than 100 keep-alives and no answer',
  ],
  ['an answer of other keys', `${VERDICT}25:ds2:OKb1s5:Valuedi1ei2eee`, 'ok'],
  ['a third frame after the answer', `${VERDICT}${ANSWER}-nonsense-`, 'ok'],
  [
    'a gateway',
    frame({ OK: true, Value: { delegate: '-----BEGIN CERTIFICATE REQUEST-----' } }),
    'gateway',
    /gateway asks for a delegated proxy/,
  ],
  ['a dictionary as the verdict', frame({ OK: true, Value: { other: 1 } }) + ANSWER, 'ok'],
  ['nothing', '', 'closed_early', 'the service closed the connection before the verdict on our proposal'],
  [
    'half a verdict',
    VERDICT.slice(0, 9),
    'closed_early',
    'the service closed the connection before the verdict on our proposal (9 bytes of a frame had come)',
  ],
  ['a verdict only', VERDICT, 'closed_early', 'the service closed the connection before the answer'],
  [
    'half an answer',
    VERDICT + ANSWER.slice(0, -1),
    'closed_early',
    `the service closed the connection before the answer (${ANSWER.length - 1} bytes of a frame had come)`,
  ],
  [
    'a keep-alive only',
    KEEP_ALIVE,
    'closed_early',
    'the service closed the connection before the verdict on our proposal',
  ],
  ['an HTTP answer', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'wrong_protocol', /got an HTTP answer/],
  ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28', 'wrong_protocol', /got a TLS record/],
  ['an oversized frame', '65537:d', 'rpc_protocol', 'frame of 65537 bytes, at most 65536 are accepted'],
  ['a length of ten digits', '0000000018:d', 'rpc_protocol', /^expected a frame/],
  ['a negative length', '-18:d', 'rpc_protocol', /^expected a frame/],
  ['an empty frame', '0:', 'rpc_protocol', 'DEncode: the value ends too early, after 0 bytes'],
  ['a value that is no dictionary', '3:i5e', 'rpc_protocol', 'expected a dictionary with OK, got something else'],
  ['a dictionary without OK', '2:de', 'rpc_protocol', 'expected a dictionary with OK, got something else'],
  ['an OK that is no boolean', frame({ OK: 1 }), 'rpc_protocol', 'expected a dictionary with OK, got something else'],
  [
    'an answer that is no dictionary',
    VERDICT + frame({ OK: true, Value: 'pong' }),
    'rpc_protocol',
    'expected a dictionary as the answer to ping',
  ],
  [
    'an answer without Value',
    VERDICT + frame({ OK: true }),
    'rpc_protocol',
    'expected a dictionary as the answer to ping',
  ],
  ['JSON cut short', '5:{"OK"', 'rpc_protocol', 'JSON: malformed'],
  [
    'JSON that names a Python class',
    jsonFrame('{"__dCls": "Popen", "__dMod": "subprocess"}'),
    'rpc_protocol',
    /^JSON: no value of class "Popen"/,
  ],
  [
    'another service',
    frame({ OK: false, Message: 'A/B is not up in this server', Errno: 0 }),
    'wrong_service',
    'A/B is not up in this server',
  ],
  ['that text as an answer', VERDICT + frame({ OK: false, Message: 'A/B is not up in this server' }), 'rpc_error'],
  ['ENOAUTH', frame({ OK: false, Message: 'no', Errno: 1111 }), 'unauthorized', 'no'],
  ['the refusal of v6r10 to v6r17', frame({ OK: false, Message: 'Unauthorized query' }), 'unauthorized'],
  ['the refusal of v6r0 to v6r9', frame({ OK: false, Message: 'Unautorized query' }), 'unauthorized'],
  [
    'an invalid proposal',
    frame({ OK: false, Message: 'Invalid action proposal', Errno: 0 }),
    'rpc_protocol',
    'Invalid action proposal',
  ],
  [
    'an error of the method',
    VERDICT + frame({ OK: false, Message: 'Database is gone' }),
    'rpc_error',
    'Database is gone',
  ],
  ['an error without a message', VERDICT + frame({ OK: false }), 'rpc_error', 'S_ERROR without a message'],
  ['an error whose message is no text', VERDICT + frame({ OK: false, Message: { a: 1 } }), 'rpc_error'],
  ['an endless message', VERDICT + frame({ OK: false, Message: 'x'.repeat(5000) }), 'rpc_error', 'x'.repeat(2000)],
];

for (const [name, sent, reason, detail] of SESSIONS) {
  test(`${name}: ${reason}`, () => {
    const bytes = Buffer.from(sent, 'latin1');
    const outcome = converse([bytes]);
    assert.equal(outcome.ok ? 'ok' : outcome.reason, reason);
    if (detail instanceof RegExp) assert.match(outcome.ok ? '' : outcome.detail, detail);
    else if (detail !== undefined) assert.equal(outcome.ok ? '' : outcome.detail, detail);
    for (const pieces of [cutIntoBytes(bytes), cutAtRandom(bytes, random), cutAtRandom(bytes, random)]) {
      const again = converse(pieces);
      assert.deepEqual([again.ok || again.reason, again.encoding], [outcome.ok || outcome.reason, outcome.encoding]);
    }
  });
}

test('fields of another type than expected are left out, the service is up all the same', () => {
  const answer = { version: 8, name: null, 'service uptime': 'long', time: 'now', load: 'a b c', 'host uptime': -1.5 };
  const outcome = converse([Buffer.from(VERDICT + frame({ OK: true, Value: answer }))]);
  assert.deepEqual(outcome, {
    ok: true,
    encoding: 'dencode',
    facts: {
      version: null,
      name: null,
      serviceUptimeSeconds: null,
      serviceStartTime: null,
      hostUptimeSeconds: -1.5,
      load: null,
    },
  });
});

test('the uptime is taken from the two times, for the field counts a day as an hour up to v7r3', () => {
  const answer = {
    time: new Date('2026-11-24T12:00:00Z'),
    'service start time': new Date('2026-11-22T11:59:58.500Z'),
    'service uptime': 7201,
    load: '  0.5\t1  2.25 ',
  };
  const outcome = converse([Buffer.from(VERDICT + frame({ OK: true, Value: answer }))]);
  assert.ok(outcome.ok);
  assert.equal(outcome.facts.serviceUptimeSeconds, 172_801);
  assert.equal(outcome.facts.serviceStartTime, '2026-11-22T11:59:58.500Z');
  assert.deepEqual(outcome.facts.load, [0.5, 1, 2.25]);
});

function converse(pieces: Buffer[]): Outcome {
  const conversation = new Conversation();
  for (const piece of pieces) {
    const outcome = conversation.receive(piece);
    if (outcome) return outcome;
  }
  return conversation.end();
}

function frame(value: Parameters<typeof encodeDEncode>[0]): string {
  return encodeFrame(Buffer.from(encodeDEncode(value))).toString('latin1');
}

function jsonFrame(text: string): string {
  return encodeFrame(Buffer.from(text)).toString('latin1');
}
