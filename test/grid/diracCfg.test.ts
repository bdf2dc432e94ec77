import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cfgOption, mergeCfg, parseDiracCfg } from '../../src/grid/diracCfg.ts';

const CFG = `
# DIRAC's own file
DIRAC
{
  Setup = LHCb-Production
  Security {
    # CertFile = /commented/out.pem
    CertFile = /etc/host#1.pem
    Flags = a=b, c = {d}
    Flags += e+=f
    Empty =
    Odd+Name = plus
    Inner
    {
      Deep = 1
    }
    After = inner
  }
  Last = 2
}
Top = level
`;

/** The whole, with the texts that stand in a section's options. */
const OPTIONS: [path: string, value: string | null][] = [
  ['DIRAC/Setup', 'LHCb-Production'],
  ['DIRAC/Security/CertFile', '/etc/host#1.pem'],
  ['DIRAC/Security/Flags', 'a=b, c = {d}, e+=f'],
  ['DIRAC/Security/Empty', ''],
  ['DIRAC/Security/Odd+Name', 'plus'],
  ['DIRAC/Security/Inner/Deep', '1'],
  ['DIRAC/Security/After', 'inner'],
  ['DIRAC/Last', '2'],
  ['Top', 'level'],
  ['DIRAC/Security', null],
  ['DIRAC/security/CertFile', null],
  ['DIRAC/Security/CertFile/x', null],
  ['Nothing/There', null],
];

for (const [path, value] of OPTIONS) {
  test(`${path} is ${value === null ? 'no option' : JSON.stringify(value)}`, () => {
    assert.equal(cfgOption(parseDiracCfg(CFG), path), value);
    assert.equal(cfgOption(parseDiracCfg(CFG.replaceAll('\n', '\r\n')), path), value);
  });
}

test('sections on one line, and the same section twice', () => {
  const cfg = parseDiracCfg('A { B {\nx = 1\n} }\nA {\ny = 2\n}\n{\nnameless = 3\n}');
  assert.equal(cfgOption(cfg, 'A/B/x'), '1');
  assert.equal(cfgOption(cfg, 'A/y'), '2');
});

test('+= on what does not exist makes it', () => {
  assert.equal(cfgOption(parseDiracCfg('Servers += dips://a:9135/X'), 'Servers'), 'dips://a:9135/X');
});

test('a brace too few or too many costs nothing of the rest', () => {
  assert.equal(cfgOption(parseDiracCfg('A {\nx = 1\nB {\ny = 2'), 'A/B/y'), '2');
  assert.equal(cfgOption(parseDiracCfg('}\n}\nA {\nx = 1\n}\n}\nz = 3'), 'z'), '3');
});

test('names that JavaScript objects have of themselves are plain names', () => {
  const cfg = parseDiracCfg('__proto__ {\npolluted = yes\n}\nconstructor {\nname = mine\n}\ntoString = text');
  assert.equal(cfgOption(cfg, '__proto__/polluted'), 'yes');
  assert.equal(cfgOption(cfg, 'constructor/name'), 'mine');
  assert.equal(cfgOption(cfg, 'toString'), 'text');
  assert.equal(cfgOption(cfg, 'hasOwnProperty'), null);
  assert.equal(cfgOption(cfg, 'valueOf/name'), null);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('files that hold no configuration', () => {
  for (const text of ['', '\n\n', 'just words', '=', '= value', '#{\n#}', '\0\x01\x02']) {
    assert.equal(cfgOption(parseDiracCfg(text), 'DIRAC/Setup'), null, JSON.stringify(text));
  }
});

test('one configuration laid over another: its options win, sections are joined', () => {
  const under = parseDiracCfg('A {\nx = 1\ny = 2\n}\nB = option\nC {\nz = 3\n}');
  const over = parseDiracCfg('A {\ny = 20\n}\nB {\nnow = section\n}\nC = option');
  const merged = mergeCfg(under, over);
  assert.deepEqual(
    ['A/x', 'A/y', 'B', 'B/now', 'C', 'C/z'].map((path) => cfgOption(merged, path)),
    ['1', '20', null, 'section', 'option', null],
  );
  assert.equal(cfgOption(under, 'A/y'), '2');
});
