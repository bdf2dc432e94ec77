import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePingRequest } from '../../src/dips/conversation.ts';
import { describeFrames } from '../../src/dips/describeFrames.ts';
import { frames } from '../peers.ts';

const STREAMS: [name: string, stream: Buffer, lines: string[]][] = [
  ['nothing', Buffer.alloc(0), []],
  [
    'a ping request',
    encodePingRequest('A/B', 'hosts'),
    [
      '67 bytes dencode: {OK: true, Value: [["A/B", "Test", "unknown"], ["RPC", "ping"], "hosts"]}',
      '19 bytes dencode: {OK: true, Value: []}',
    ],
  ],
  [
    'an answer in JSON, with what JSON has not',
    frames('{"OK":true,"Value":{"t":{"__dCls":"dt","obj":"2026-01-02 03:04:05"},"n":NaN,"x":null}}'),
    ['86 bytes json: {OK: true, Value: {t: 2026-01-02T03:04:05.000Z, n: NaN, x: null}}'],
  ],
  ['a keep-alive', Buffer.from('dka5:hello'), ['keep-alive, 5 bytes that are neither DEncode nor JSON']],
  ['a frame of something else', frames('what\x1b[2J'), ['8 bytes that are neither DEncode nor JSON']],
  [
    'an HTTP answer',
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    [
      'no frame (expected a DISET frame, got an HTTP answer: "HTTP/1.1 400 Bad Request"): "HTTP/1.1 400 Bad Request\\x0d\\x0a\\x0d\\x0a"',
    ],
  ],
  [
    'a frame, and the beginning of another',
    Buffer.from('4:i42e18:ds2'),
    ['4 bytes dencode: 42', 'the beginning of a frame, 6 bytes: "18:ds2"'],
  ],
  [
    'text that would command a terminal',
    frames('ds7:Messages9:\x1b[2J\x7f\u009b1me'),
    ['24 bytes dencode: {Message: "\\u001b[2J\\x7f\\x9b1m"}'],
  ],
];

for (const [name, stream, lines] of STREAMS) {
  test(`shows ${name}`, () => {
    const shown = describeFrames(stream);
    assert.equal(shown.length, lines.length, shown.join('\n'));
    for (const [at, line] of lines.entries()) assert.ok(shown[at]?.startsWith(line), `${shown[at]} / ${line}`);
    assert.doesNotMatch(shown.join(''), /\p{Cc}/u);
  });
}

test('what is long is cut, and of many frames the first 20 are shown', () => {
  const [line = ''] = describeFrames(frames(`s9000:${'x'.repeat(9000)}`));
  assert.ok(line.length < 2100 && line.endsWith('…'), `${line.length}`);
  const many = describeFrames(frames(...Array.from({ length: 100 }, () => 'n')));
  assert.deepEqual([many.length, many.at(-1)], [21, 'and more frames']);
  const [raw = ''] = describeFrames(Buffer.alloc(100_000, 0xff));
  assert.ok(raw.length < 1500, `${raw.length}`);
});
