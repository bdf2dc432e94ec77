import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { bring, start, testWith } from './rig/availability.ts';
import { keepAsleep, makeProxies, startDirac } from './rig/dirac.ts';
import { bringDirac, type DiracRelease } from './rig/diracInstall.ts';
import { CASES, type ClientFiles, IDENTITIES, identityOf, pingAs, rigUrl } from './rig/matrix.ts';
import { type KeyPair, makeGridPki } from './rig/pki.ts';
import { waitUntil } from './rig/processes.ts';

/*
 * Every way in which a ping can end, with each kind of identity, at real services of three DIRAC releases. In this process, by the
 * functions of the commands: 120 starts of Node would take minutes. docs/interop.md shows the table, which must be what was seen.
 */

const RELEASES: DiracRelease[] = ['9.1', '8.0', '7.3'];
const DOC = new URL('../../docs/interop.md', import.meta.url);
const MAX_THREADS = 2;
/** Longer than all that is pinged meanwhile takes. */
const ASLEEP_S = 8;

const pki = await makeGridPki();

const rigs: Awaited<ReturnType<typeof startRig>>[] = [];
for (const release of RELEASES) rigs.push(await startRig(release));

async function startRig(release: DiracRelease) {
  const install = await bring(`DIRAC ${release}`, () => bringDirac(release));
  return start(install, async (venv) => {
    const services = await startDirac(venv, pki, { maxThreads: MAX_THREADS });
    after(() => services.stop());
    const [good, unknownCa, expired] = await Promise.all(
      [pki.user, pki.userOther, pki.userExpired].map((user) => makeProxies(venv, pki, user)),
    );
    const user = (pair: KeyPair) => ({ ...pair, extraCredentials: 'none' as const });
    const proxy = (proxies: typeof good) => ({ proxy: proxies?.proxy as string });
    const clients: ClientFiles = {
      'host certificate': { good: pki.host, unknownCa: pki.hostUnknown, expired: pki.hostExpired },
      'user certificate': { good: user(pki.user), unknownCa: user(pki.userOther), expired: user(pki.userExpired) },
      proxy: { good: proxy(good), unknownCa: proxy(unknownCa), expired: proxy(expired) },
    };
    return { venv, pki, services, clients };
  });
}

const BUSY = ['all threads asleep, deadline 1 s', 'all threads asleep, deadline 20 s'] as const;
/** By case, release and identity. */
const seen = new Map<string, string>();
const note = (name: string, release: string, kind: string, outcome: string) =>
  seen.set([name, release, kind].join(), outcome);

for (const [index, release] of RELEASES.entries()) {
  const rig = rigs[index] as (typeof rigs)[number];

  testWith(rig, `DIRAC ${release}: each case with each identity`, async (running) => {
    const wrong: string[] = [];
    for (const [name, expected, run] of CASES) {
      for (const kind of IDENTITIES) {
        const outcome = await run(running, kind);
        note(name, release, kind, outcome);
        if (!expected.test(outcome)) wrong.push(`${name}, ${kind}: ${outcome}, expected ${expected}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  testWith(rig, `DIRAC ${release}: all threads asleep`, async ({ venv, services, ...rest }) => {
    const url = rigUrl(services.port);
    const asleep = keepAsleep(venv, pki, url, MAX_THREADS, ASLEEP_S);
    const isBusy = async () => (await pingAs(url, identityOf(rest, 'proxy'), 300)) === 'tls_timeout' || undefined;
    await waitUntil('the service has no thread left', isBusy);
    for (const [name, timeoutMs, expected] of [
      [BUSY[0], 1_000, 'tls_timeout'],
      [BUSY[1], 20_000, 'ok'],
    ] as const) {
      const outcomes = await Promise.all(IDENTITIES.map((kind) => pingAs(url, identityOf(rest, kind), timeoutMs)));
      for (const [at, kind] of IDENTITIES.entries()) note(name, release, kind, outcomes[at] as string);
      assert.deepEqual(outcomes, [expected, expected, expected], name);
    }
    await asleep;
  });
}

test('the table of docs/interop.md is what was seen', (t) => {
  const missing = rigs.find((rig) => !rig.ok);
  if (missing && !missing.ok) return t.skip(missing.reason);
  const text = readFileSync(DOC, 'utf8');
  const [begin, end] = ['<!-- matrix: written by the test run -->\n', '<!-- end of matrix -->'];
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  const behind = text.slice(text.indexOf(end));
  const written = `${before}${renderTable()}${behind}`;
  if (process.env.DIPS_PROBE_WRITE_DOCS === '1') writeFileSync(DOC, written);
  assert.equal(readFileSync(DOC, 'utf8'), written, 'DIPS_PROBE_WRITE_DOCS=1 writes the table anew');
});

function renderTable(): string {
  const rows = [...CASES.map(([name]) => name), ...BUSY].map((name) => [
    name,
    ...RELEASES.map((release) => cell(name, release)),
  ]);
  const header = ['', ...RELEASES.map((release) => `DIRAC ${release}`)];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** One word where all three identities saw the same, else each by its name. */
function cell(name: string, release: string): string {
  const words = IDENTITIES.map((kind) => seen.get([name, release, kind].join()) ?? 'not seen');
  if (new Set(words).size === 1) return `${words[0]}`;
  return IDENTITIES.map((kind, index) => `${kind}: ${words[index]}`).join('; ');
}
