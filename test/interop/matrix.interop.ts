import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { type Available, bring, start, testWith } from './rig/availability.ts';
import { bringDirac, type DiracRelease } from './rig/diracInstall.ts';
import {
  ASLEEP,
  ASLEEP_BUT_WAITED_FOR,
  CASES,
  expectedIn,
  FROZEN,
  type HungCase,
  IDENTITIES,
  type IdentityKind,
  identityOf,
  type MatrixRig,
  type MatrixScheme,
  pingAs,
  SCHEMES,
} from './rig/matrix.ts';
import { makeClients, type RunningRig, startDips, startHttps } from './rig/matrixRigs.ts';
import { makeGridPki } from './rig/pki.ts';
import { waitUntil } from './rig/processes.ts';
import { bringTornado } from './rig/tornado.ts';

/*
 * Every way in which a ping can end, with each kind of identity, at real services of three DIRAC releases, over DIPS and over HTTPS. In
 * this process, by the functions of the commands: 250 starts of Node would take minutes. docs/interop.md shows the tables, which must be
 * what was seen.
 */

const RELEASES: DiracRelease[] = ['9.1', '8.0', '7.3'];
const DOC = new URL('../../docs/interop.md', import.meta.url);

const pki = await makeGridPki();

const rigs: { scheme: MatrixScheme; release: DiracRelease; rig: Available<RunningRig> }[] = [];
for (const release of RELEASES) {
  const dirac = await start(await bring(`DIRAC ${release}`, () => bringDirac(release)), async (install) => {
    return { install, clients: await makeClients(install, pki) };
  });
  const tornado = !dirac.ok
    ? dirac
    : await bring(`Tornado for DIRAC ${release}`, async () => {
        return { ...dirac.value, install: await bringTornado(dirac.value.install) };
      });
  const [byDips, byHttps] = await Promise.all([
    start(dirac, ({ install, clients }) => startDips(install, pki, clients)),
    start(tornado, ({ install, clients }) => startHttps(install, pki, clients)),
  ]);
  for (const rig of [byDips, byHttps]) if (rig.ok) after(rig.value.process.stop);
  rigs.push({ scheme: 'dips', release, rig: byDips }, { scheme: 'https', release, rig: byHttps });
}

/** By case, scheme, release and identity. */
const seen = new Map<string, string>();
type Column = Pick<MatrixRig, 'scheme' | 'release'>;
const keyOf = (name: string, { scheme, release }: Column, kind: IdentityKind) => [name, scheme, release, kind].join();

for (const { scheme, release, rig } of rigs) {
  testWith(rig, `DIRAC ${release} over ${scheme}: each case with each identity`, async (running) => {
    const wrong: string[] = [];
    for (const oneCase of CASES) {
      const expected = expectedIn(running, oneCase);
      for (const kind of IDENTITIES) {
        const outcome = await oneCase.run(running, kind);
        seen.set(keyOf(oneCase.name, running, kind), outcome);
        if (outcome !== expected) wrong.push(`${oneCase.name}, ${kind}: ${outcome}, expected ${expected}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

// Sleep costs nothing: all of them at once.
suite('services that cannot answer', { concurrency: rigs.length }, () => {
  for (const { scheme, release, rig } of rigs) {
    testWith(rig, `DIRAC ${release} over ${scheme}: all threads asleep, then frozen`, async (running) => {
      const { process } = running;
      const asleep = running.putToSleep();
      await waitUntil('the service has no thread left', () => running.isAsleep() || undefined, { process });
      await pingAsAll(running, ASLEEP);
      await pingAsAll(running, ASLEEP_BUT_WAITED_FOR);
      await asleep;
      process.signal('SIGSTOP');
      await pingAsAll(running, FROZEN);
      process.signal('SIGCONT');
    });
  }
});

/** With all identities at once. */
async function pingAsAll(rig: RunningRig, hung: HungCase): Promise<void> {
  const expected = expectedIn(rig, hung);
  const pings = IDENTITIES.map((kind) => pingAs(rig.urls.open, identityOf(rig, kind), hung.timeoutMs));
  const outcomes = await Promise.all(pings);
  for (const [at, kind] of IDENTITIES.entries()) seen.set(keyOf(hung.name, rig, kind), outcomes[at] as string);
  assert.deepEqual(outcomes, [expected, expected, expected], hung.name);
}

for (const scheme of SCHEMES) {
  test(`the table of docs/interop.md over ${scheme} is what was seen`, (t) => {
    for (const { rig, ...column } of rigs) if (column.scheme === scheme && !rig.ok) return t.skip(rig.reason);
    const text = readFileSync(DOC, 'utf8');
    const [begin, end] = [`<!-- matrix over ${scheme}: written by the test run -->\n`, '<!-- end of matrix -->'];
    const from = text.indexOf(begin);
    assert.notEqual(from, -1, `docs/interop.md has the line ${begin}`);
    const written = `${text.slice(0, from)}${begin}${renderTable(scheme)}${text.slice(text.indexOf(end, from))}`;
    if (process.env.DIPS_PROBE_WRITE_DOCS === '1') writeFileSync(DOC, written);
    assert.equal(readFileSync(DOC, 'utf8'), written, 'DIPS_PROBE_WRITE_DOCS=1 writes the table anew');
  });
}

function renderTable(scheme: MatrixScheme): string {
  const rows = [...CASES, ASLEEP, ASLEEP_BUT_WAITED_FOR, FROZEN].map(({ name }) => [
    name,
    ...RELEASES.map((release) => cell(name, { scheme, release })),
  ]);
  const header = ['', ...RELEASES.map((release) => `DIRAC ${release}`)];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** One word where all three identities saw the same, else each by its name. */
function cell(name: string, column: Column): string {
  const words = IDENTITIES.map((kind) => seen.get(keyOf(name, column, kind)) ?? 'not seen');
  if (new Set(words).size === 1) return `${words[0]}`;
  return IDENTITIES.map((kind, index) => `${kind}: ${words[index]}`).join('; ');
}
