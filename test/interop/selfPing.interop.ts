import assert from 'node:assert/strict';
import { after } from 'node:test';
import { bring, start, testWith } from './rig/availability.ts';
import { dipsProbe } from './rig/dipsProbe.ts';
import { startDirac } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { makeGridPki } from './rig/pki.ts';
import { freePort } from './rig/ports.ts';

/* `self-ping` as Marathon and Docker call it: exit code 0 or 1, never 2, and one line on stderr that says why. */

const pki = await makeGridPki();

const install = await bring('DIRAC 9.1', () => bringDirac('9.1'));
const rig = await start(install, async (venv) => {
  const [good, misnamed] = await Promise.all([
    startDirac(venv, pki),
    startDirac(venv, pki, { hostCert: pki.hostOther }),
  ]);
  after(() => Promise.all([good.stop(), misnamed.stop()]));
  return { good, misnamed };
});

const asHost = ['--cert', pki.host.cert, '--key', pki.host.key, '--ca-dir', pki.caDir];

testWith(rig, 'self-ping of a live service: exit 0 and silence', async ({ good }) => {
  const finished = await dipsProbe(['self-ping', `${good.port}/Framework/Rig`, ...asHost]);
  assert.deepEqual(finished, { code: 0, stdout: '', stderr: '' });
});

testWith(rig, 'self-ping finds its credentials by the environment', async ({ good }) => {
  const env = { DIRAC_X509_HOST_CERT: pki.host.cert, DIRAC_X509_HOST_KEY: pki.host.key, X509_CERT_DIR: pki.caDir };
  const finished = await dipsProbe(['self-ping', `${good.port}/Framework/Rig`], env);
  assert.deepEqual(finished, { code: 0, stdout: '', stderr: '' });
});

testWith(rig, 'self-ping checks the name of the certificate only when told one', async ({ misnamed }) => {
  const target = `${misnamed.port}/Framework/Rig`;
  const selfPing = (...args: string[]) => dipsProbe(['self-ping', target, ...asHost, ...args]);
  assert.equal((await selfPing()).code, 0);
  assert.equal((await selfPing('--server-name', 'other.example.org')).code, 0);
  const { code, stderr } = await selfPing('--server-name', 'localhost');
  assert.equal(code, 1);
  assert.match(stderr, /^tls_name_mismatch: .*localhost.*\n$/);
});

testWith(rig, 'self-ping of what is not well: exit 1 and one line with the reason', async ({ good }) => {
  const failing: [string, string[], RegExp][] = [
    [`${await freePort()}/Framework/Rig`, asHost, /^refused: /],
    [`${good.port}/Framework/Nope`, asHost, /^wrong_service: /],
    [`${good.lockedPort}/Framework/RigLocked`, asHost, /^unauthorized: /],
    [`${good.port}/Framework/Rig`, [...asHost.slice(0, 4), '--ca-dir', pki.otherCaDir], /^tls_cert_untrusted: /],
    [`${good.port}/Framework/Rig`, [], /^no_credentials: /],
    ['Framework/Rig', asHost, /expected/],
  ];
  for (const [arg, args, line] of failing) {
    const { code, stdout, stderr } = await dipsProbe(['self-ping', arg, ...args]);
    assert.deepEqual({ arg, code, stdout }, { arg, code: 1, stdout: '' });
    assert.match(stderr, line);
    assert.equal(stderr.trim().split('\n').length, 1, `one line: ${stderr}`);
  }
});
