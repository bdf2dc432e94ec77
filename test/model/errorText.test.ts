import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalLine } from '../../src/model/errorText.ts';

test('a text from outside is one line that commands no terminal', () => {
  for (let code = 0; code < 0xa0; code++) {
    if (code >= 0x20 && code < 0x7f) continue;
    assert.equal(terminalLine(`a${String.fromCharCode(code)}b`, 10), 'a b', code.toString(16));
  }
  assert.equal(terminalLine(' \x1b[2J\x1b]0;title\x07 läuft nicht: 世界\r\n', 100), '[2J ]0;title läuft nicht: 世界');
});

test('it is cut where it is too long', () => {
  assert.equal(terminalLine('abcde', 5), 'abcde');
  assert.equal(terminalLine('abcdef', 5), 'abcd…');
});
