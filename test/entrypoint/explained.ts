import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createThrowAwayCa, type KeyPair } from '../../src/demo/pki.ts';
import { REASON_ADVICE } from '../../src/model/reasonAdvice.ts';
import type { FailureReason } from '../../src/model/reasons.ts';
import { createPki } from '../peers.ts';
import { assertNoKey, installDirac, runCommand } from './runCommand.ts';

export const SERVICE = 'Framework/Ping';
export const pki = await createPki();
/** A CA that nobody knows, one below it, and what that issued. */
export const strangers = await createThrowAwayCa('p256', 'C=XX,O=dips-probe,CN=Strangers');
export const below = await strangers.subordinate('C=XX,O=dips-probe,CN=Below strangers');
export const stranger = await below.issue();

/** Explains the ping of a target with the host certificate of an installation, which may have more files in its CA directory. */
export async function explain(
  t: TestContext,
  args: string[],
  cas: Record<string, string> = {},
  own: KeyPair = pki.host,
) {
  const { env, folder } = installDirac(t, { ...pki, host: own });
  for (const [name, text] of Object.entries(cas)) folder.write(`dirac/etc/grid-security/certificates/${name}`, text);
  const at = (name: string) => `${folder.path}/dirac/etc/grid-security/${name}`;
  const ended = await runCommand(
    t,
    ['explain', '--cert', at('hostcert.pem'), '--key', at('hostkey.pem'), ...args],
    env,
  );
  assertNoKey(ended.stdout + ended.stderr, own, pki.host, pki.credential, stranger);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a terminal
  assert.doesNotMatch(ended.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  return { ...ended, certPath: at('hostcert.pem') };
}

/** A failed transcript ends with the verdict, the times and the advice of its reason. */
export function assertVerdict(stdout: string, reason: FailureReason, detail: RegExp): void {
  const [, end = ''] = stdout.split(`\nVERDICT: down, ${reason}: `);
  assert.match(end, detail);
  assert.match(end, /\ntimes: .*total [\d.]+ ms\n/);
  assert.ok(end.includes(`\n${REASON_ADVICE[reason].meaning}\n`), stdout);
  assert.ok(end.endsWith(`\nWhat to do: ${REASON_ADVICE[reason].advice}\n`), stdout);
}

/** A ping that fails: what the transcript must hold, and what it cannot. */
export type Failing = [
  reason: FailureReason,
  target: (t: TestContext) => Promise<string>,
  has: RegExp[],
  hasNot: RegExp | null,
];

/** One test for each. */
export function testFailures(failures: readonly Failing[]): void {
  for (const [reason, target, has, hasNot] of failures) {
    test(`a ping that ends with ${reason}: exit 1, and the transcript up to there`, async (t) => {
      const { code, stdout, stderr } = await explain(t, ['--timeout', '1s', await target(t)]);
      assert.deepEqual([code, stderr], [1, '']);
      for (const part of has) assert.match(stdout, part);
      if (hasNot) assert.doesNotMatch(stdout, hasNot);
      assertVerdict(stdout, reason, /^./);
    });
  }
}
