import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Folder } from '../grid/gridFiles.ts';
import { tcpPeer } from '../peers.ts';
import { createRepository, installLegacy, runEntrypoint, serveRepository, startEntrypoint } from './hotfixRig.ts';

/** Starts the container; returns what DIRAC it has then. */
async function versionIn(t: TestContext, root: Folder, env: Record<string, string>, name = 'DIRAC') {
  const { code, stdout, stderr } = await runEntrypoint(t, root, ['cat', join(root.path, name, 'version')], env);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^entrypoint: /);
  return { version: stdout.trim(), stderr };
}

test('the default branch, at every start as it is then', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  const first = repository.commit({ version: 'one' });
  const env = { DIRAC_REPO: repository.url };
  const { version, stderr } = await versionIn(t, root, env);
  assert.equal(version, 'one');
  assert.equal(stderr, `entrypoint: DIRAC: hotfix of ${repository.url}, commit ${first}\n`);
  assert.equal(readFileSync(join(root.path, 'DIRAC.orig/version'), 'utf8'), 'released\n');
  assert.equal(readlinkSync(join(root.path, 'DIRAC')), join(root.path, 'DIRAC_alt'));
  repository.commit({ version: 'two' });
  assert.equal((await versionIn(t, root, env)).version, 'two');
  assert.equal((await versionIn(t, root, env)).version, 'two');
  assert.equal(readFileSync(join(root.path, 'DIRAC.orig/version'), 'utf8'), 'released\n');
});

test('a branch, moved and rewritten; files that the service left are gone', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t, 'a repository $HOME "quoted" & more');
  repository.commit({ version: 'main' });
  repository.commit({ version: 'fix', old: 'x' }, 'hot/fix-1');
  const env = { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'hot/fix-1' };
  assert.equal((await versionIn(t, root, env)).version, 'fix');
  root.write('DIRAC/left.pyc', 'x');
  root.write('DIRAC/version', 'changed in the container');
  repository.git('reset', '--quiet', '--hard', 'main');
  repository.commit({ version: 'rewritten' }, 'hot/fix-1');
  assert.equal((await versionIn(t, root, env)).version, 'rewritten');
  assert.deepEqual(
    [existsSync(join(root.path, 'DIRAC/left.pyc')), existsSync(join(root.path, 'DIRAC/old'))],
    [false, false],
  );
});

test('a tag, and a commit that stays whatever becomes of the branch', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  const pinned = repository.commit({ version: 'one' });
  repository.git('tag', 'v1');
  repository.commit({ version: 'two' });
  assert.equal((await versionIn(t, root, { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'v1' })).version, 'one');
  assert.equal((await versionIn(t, root, { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'main' })).version, 'two');
  const env = { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'main', DIRAC_COMMIT: pinned };
  assert.equal((await versionIn(t, root, env)).version, 'one');
  rmSync(repository.path, { recursive: true });
  assert.equal((await versionIn(t, root, { ...env, DIRAC_COMMIT: pinned.slice(0, 10) })).version, 'one');
});

test('a commit that is on no branch is fetched by its hash', async (t) => {
  const repository = createRepository(t);
  repository.commit({ version: 'main' });
  const lost = repository.commit({ version: 'lost' }, 'away');
  repository.git('checkout', '--quiet', 'main');
  repository.git('branch', '--quiet', '--delete', '--force', 'away');
  repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const env = { DIRAC_REPO: repository.url, DIRAC_COMMIT: lost };
  assert.equal((await versionIn(t, installLegacy(t), env)).version, 'lost');
});

test('LHCbDIRAC is in a folder of its repository, DIRAC since v7r2 as well; both at once', async (t) => {
  const root = installLegacy(t);
  const [dirac, lhcb] = [createRepository(t), createRepository(t)];
  dirac.commit({ 'src/DIRAC/version': 'v7r2' });
  lhcb.commit({ 'LHCbDIRAC/version': 'v10' }, 'main');
  const env = { DIRAC_REPO: dirac.url, LHCB_DIRAC_REPO: lhcb.url, LHCB_DIRAC_BRANCH: 'main' };
  assert.equal((await versionIn(t, root, env)).version, 'v7r2');
  assert.equal((await versionIn(t, root, env, 'LHCbDIRAC')).version, 'v10');
  assert.equal(readlinkSync(join(root.path, 'LHCbDIRAC')), join(root.path, 'LHCbDIRAC_alt/LHCbDIRAC'));
  const bare = createRepository(t);
  bare.commit({ version: 'no folder' });
  const { code, stderr } = await runEntrypoint(t, root, ['true'], { LHCB_DIRAC_REPO: bare.url });
  assert.equal(code, 1);
  assert.match(stderr, /LHCbDIRAC: file:.* has no folder LHCbDIRAC; expected one, with the code\n$/);
});

test('a branch or commit that is not there: the container stops, and the released code stays', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  for (const [env, what] of [
    [{ DIRAC_BRANCH: 'no such branch' }, 'branch or tag no such branch'],
    [{ DIRAC_COMMIT: 'deadbeef' }, 'commit deadbeef'],
  ] as const) {
    const { code, stderr } = await runEntrypoint(t, root, ['true'], { DIRAC_REPO: repository.url, ...env });
    assert.deepEqual([code, stderr], [1, `entrypoint: DIRAC: ${repository.url} has no ${what}\n`]);
  }
  assert.equal(readFileSync(join(root.path, 'DIRAC/version'), 'utf8'), 'released\n');
});

test('a clone that was cut short or broken is made anew, one of another repository as well', async (t) => {
  const root = installLegacy(t);
  const [one, other] = [createRepository(t), createRepository(t)];
  one.commit({ version: 'one' });
  other.commit({ version: 'other' });
  root.write('DIRAC_alt/.git/HEAD', 'ref: refs/heads/main\n');
  root.write('DIRAC_alt/half', 'of it');
  assert.equal((await versionIn(t, root, { DIRAC_REPO: one.url })).version, 'one');
  assert.equal((await versionIn(t, root, { DIRAC_REPO: other.url })).version, 'other');
  root.write('DIRAC_alt/.git/index.lock', '');
  assert.equal((await versionIn(t, root, { DIRAC_REPO: other.url })).version, 'other');
  root.write('DIRAC_alt/.git/index', 'not an index');
  rmSync(join(root.path, 'DIRAC_alt/.git/objects'), { recursive: true });
  assert.equal((await versionIn(t, root, { DIRAC_REPO: other.url })).version, 'other');
  assert.equal(existsSync(join(root.path, 'DIRAC_alt/half')), false);
});

test('stopped between renaming and linking, or never linked by us: the next start goes on', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  await versionIn(t, root, { DIRAC_REPO: repository.url });
  unlinkSync(join(root.path, 'DIRAC'));
  assert.equal((await versionIn(t, root, { DIRAC_REPO: repository.url })).version, 'one');
  unlinkSync(join(root.path, 'DIRAC'));
  symlinkSync('/nowhere', join(root.path, 'DIRAC'));
  assert.equal((await versionIn(t, root, { DIRAC_REPO: repository.url })).version, 'one');
  unlinkSync(join(root.path, 'DIRAC'));
  mkdirSync(join(root.path, 'DIRAC'));
  const { code, stderr } = await runEntrypoint(t, root, ['true'], { DIRAC_REPO: repository.url });
  assert.equal(code, 1);
  assert.match(stderr, /DIRAC: .*DIRAC and .*DIRAC\.orig are both there; expected one, the original\n$/);
});

test('no hotfix any more: the released code is back', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  await versionIn(t, root, { DIRAC_REPO: repository.url });
  const { stdout, stderr } = await runEntrypoint(t, root, ['cat', join(root.path, 'DIRAC/version')]);
  assert.deepEqual([stdout, stderr], ['released\n', '']);
});

test('a repository that cannot be reached at a restart: the same code again, and a word', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  await versionIn(t, root, { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'main' });
  rmSync(repository.path, { recursive: true });
  const { version, stderr } = await versionIn(t, root, { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'main' });
  assert.equal(version, 'one');
  assert.match(stderr, /cannot be fetched, so what an earlier start fetched is used: fatal: /);
  const { code } = await runEntrypoint(t, root, ['true'], { DIRAC_REPO: repository.url, DIRAC_BRANCH: 'other' });
  assert.equal(code, 1);
});

test('a password in the address is used, and is in no message and no file', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  const address = await serveRepository(t, repository, 'robot:s3cret+t0ken');
  const url = `http://robot:s3cret+t0ken@${address}`;
  const { version, stderr } = await versionIn(t, root, { DIRAC_REPO: `${url}/` });
  assert.equal(version, 'one');
  assert.ok(stderr.includes(`hotfix of http://***@${address}/, commit`), stderr);
  const outputs = [stderr];
  for (const env of [
    { DIRAC_REPO: `${url}/no/such.git` },
    { DIRAC_REPO: `http://robot:s3cret+t0ken-wrong@${address}/` },
    { DIRAC_REPO: `${url}/?private_token=s3cret+t0ken` },
    { DIRAC_REPO: `${url}/`, DIRAC_BRANCH: 'nothing' },
    { DIRAC_REPO: `${url}/no`, GIT_TRACE: '1', GIT_CURL_VERBOSE: '1' },
  ]) {
    const run = await runEntrypoint(t, installLegacy(t), ['true'], env);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^entrypoint: DIRAC: [^\n]+\n$/);
    outputs.push(run.stderr);
  }
  for (const output of outputs) assert.doesNotMatch(output, /s3cret|t0ken|cm9ib3Q6/, output);
  assert.throws(() => execFileSync('grep', ['-r', 's3cret', root.path]), 'the clone has the password');
});

test('beside the running service, as health checks start it: nothing is exchanged', async (t) => {
  const root = installLegacy(t);
  const repository = createRepository(t);
  repository.commit({ version: 'one' });
  const env = { DIRAC_REPO: repository.url };
  const service = startEntrypoint(t, root, ['sh', '-c', 'echo started; exec sleep 600'], env);
  await once(service.stdout, 'data');
  repository.commit({ version: 'two' });
  const check = ['sh', '-c', 'cat "$DIRAC/DIRAC/version"'];
  assert.deepEqual(await runEntrypoint(t, root, check, env), { code: 0, stdout: 'one', stderr: '' });
  const ended = once(service, 'exit');
  service.kill('SIGKILL');
  await ended;
  assert.equal((await versionIn(t, root, env)).version, 'two');
});

test('while a hotfix is fetched, another start does not take part in it', async (t) => {
  const root = installLegacy(t);
  const connected = Promise.withResolvers<void>();
  const port = await tcpPeer(t, (socket) => {
    connected.resolve();
    socket.on('error', () => undefined).resume();
  });
  const env = { DIRAC_REPO: `http://127.0.0.1:${port}/a.git` };
  startEntrypoint(t, root, ['true'], env);
  await connected.promise;
  const check = ['sh', '-c', 'cat "$DIRAC/DIRAC/version"'];
  assert.deepEqual(await runEntrypoint(t, root, check, env), { code: 0, stdout: 'released\n', stderr: '' });
});
