import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Folder } from '../grid/gridFiles.ts';
import { createRepository, installPip, pipPackage, runEntrypoint } from './hotfixRig.ts';

const hasPip = (() => {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();

/** Starts the container; returns the version that its Python has of a package. */
async function versionIn(t: TestContext, root: Folder, env: Record<string, string>, name = 'DIRAC') {
  const command = ['python', '-c', `import ${name}; print(${name}.__version__)`];
  const { code, stdout, stderr } = await runEntrypoint(t, root, command, env);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

test('a hotfix in a virtual environment', async (t) => {
  if (!hasPip) return t.skip('python3 has no pip here');
  const root = installPip(t);
  const repository = createRepository(t, "it's a repository");
  repository.commit(pipPackage('DIRAC', '9.0.1'));
  const pinned = repository.commit(pipPackage('DIRAC', '9.0.2'), 'hotfix');
  repository.commit(pipPackage('DIRAC', '9.0.3'), 'hotfix');
  const DIRAC_REPO = repository.url;

  await t.test('none is asked for', async () => {
    assert.equal(await versionIn(t, root, {}), 'released');
  });
  await t.test('a branch, a commit, the branch again', async () => {
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_BRANCH: 'hotfix' }), '9.0.3');
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_COMMIT: pinned }), '9.0.2');
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_BRANCH: 'hotfix' }), '9.0.3');
  });
  await t.test('the branch moved, and did not', async () => {
    repository.commit(pipPackage('DIRAC', '9.0.4'), 'hotfix');
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_BRANCH: 'hotfix' }), '9.0.4');
    const withoutPip = { DIRAC_REPO, DIRAC_BRANCH: 'hotfix', PIP_REQUIRE_VIRTUALENV: 'not a boolean' };
    assert.equal(await versionIn(t, root, withoutPip), '9.0.4', 'what is installed already is installed again');
  });
  await t.test('it cannot be built: the container stops, and the next start tries again', async () => {
    repository.commit({ ...pipPackage('DIRAC', '9.0.5'), 'backend.py': 'raise SystemExit("no luck")' }, 'broken');
    for (let start = 1; start <= 2; start++) {
      const { code, stderr } = await runEntrypoint(t, root, ['true'], { DIRAC_REPO, DIRAC_BRANCH: 'broken' });
      assert.equal(code, 1);
      assert.match(stderr, /^entrypoint: DIRAC: pip cannot install file:.* at [0-9a-f]{40}: [^\n]+\n$/);
    }
  });
  await t.test('built with what is there without a network, and told where that is not enough', async () => {
    repository.commit(pipPackage('DIRAC', '9.0.6', ['pip>=1', "none-of-it; python_version < '3'"]), 'tools');
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_BRANCH: 'tools' }), '9.0.6');
    repository.commit(pipPackage('DIRAC', '9.0.7', ['no-such-build-tool']), 'tools');
    const { code, stderr } = await runEntrypoint(t, root, ['true'], { DIRAC_REPO, DIRAC_BRANCH: 'tools' });
    assert.equal(code, 1);
    assert.match(stderr, /no-such-build-tool/);
  });
  await t.test('no hotfix any more, in an environment that has one: the container stops', async () => {
    assert.equal(await versionIn(t, root, { DIRAC_REPO, DIRAC_BRANCH: 'hotfix' }), '9.0.4');
    const { code, stderr } = await runEntrypoint(t, root, ['true']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /DIRAC: no hotfix is asked for, but this environment holds that of [0-9a-f]{40}; make the container anew\n$/,
    );
  });
});

test('LHCbDIRAC is at the root of its repository; both hotfixes at once', async (t) => {
  if (!hasPip) return t.skip('python3 has no pip here');
  const root = installPip(t);
  const [dirac, lhcb] = [createRepository(t), createRepository(t)];
  dirac.commit(pipPackage('DIRAC', '9.1.1'));
  lhcb.commit(pipPackage('LHCbDIRAC', '11.0.1'), 'hotfix');
  const env = { DIRAC_REPO: dirac.url, LHCB_DIRAC_REPO: lhcb.url, LHCB_DIRAC_BRANCH: 'hotfix' };
  assert.equal(await versionIn(t, root, env, 'LHCbDIRAC'), '11.0.1');
  assert.equal(await versionIn(t, root, env), '9.1.1');
});

test('DIRACOS2: its diracosrc is sourced, whatever it does', async (t) => {
  const root = installPip(t);
  root.write(
    'diracos/diracosrc',
    `export DIRACOS='${root.path}/diracos' PATH='${root.path}/venv/bin':$PATH\ntest -n "$NOT_SET"\n`,
  );
  const { code, stdout } = await runEntrypoint(t, root, ['sh', '-c', 'echo "$DIRACOS" $(command -v python)']);
  assert.deepEqual([code, stdout], [0, `${root.path}/diracos ${join(root.path, 'venv/bin/python')}\n`]);
  rmSync(join(root.path, 'diracos'), { recursive: true });
  assert.equal(await versionIn(t, root, {}), 'released');
});
