import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tcpPeer } from '../peers.ts';
import { installLegacy, runEntrypoint, startEntrypoint } from './hotfixRig.ts';

const ECHO = ['printf', '[%s]'];

test('without a hotfix: the environment is set up and the command gets its arguments as they are', async (t) => {
  const root = installLegacy(t, 'a "folder" with $HOME in its name');
  const odd = ['two words', '$HOME', '`id`', `"quoted" 'too'`, '*', '', 'back\\slash', 'a\nb'];
  const run = await runEntrypoint(t, root, [...ECHO, ...odd]);
  assert.deepEqual(run, { code: 0, stdout: odd.map((word) => `[${word}]`).join(''), stderr: '' });
  const env = await runEntrypoint(t, root, ['sh', '-c', 'echo "$DIRAC"']);
  assert.equal(env.stdout, `${root.path}\n`);
  assert.deepEqual(readdirSync(root.path).sort(), ['DIRAC', 'LHCbDIRAC', 'bashrc']);
});

test('the exit code is the command’s, and so is a command that is not there', async (t) => {
  const root = installLegacy(t);
  assert.equal((await runEntrypoint(t, root, ['sh', '-c', 'exit 42'])).code, 42);
  const absent = await runEntrypoint(t, root, ['no-such-command']);
  assert.equal(absent.code, 127);
  assert.match(absent.stderr, /no-such-command: not found/);
});

test('signals reach the service, which is the same process', async (t) => {
  const service = 'trap "echo stopped; exit 7" TERM; echo $$; while :; do sleep 0.05; done';
  const child = startEntrypoint(t, installLegacy(t), ['bash', '-c', service]);
  const [pid] = await once(child.stdout, 'data');
  assert.equal(Number(pid), child.pid);
  child.kill('SIGTERM');
  const [[said], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
  assert.deepEqual([`${said}`, code], ['stopped\n', 7]);
});

test('SIGTERM ends a hotfix that does not get on, and the git with it', async (t) => {
  const connected = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const port = await tcpPeer(t, (socket) => {
    connected.resolve();
    socket.on('error', () => undefined);
    socket.on('close', () => ended.resolve());
    socket.resume();
  });
  const child = startEntrypoint(t, installLegacy(t), ECHO, { DIRAC_REPO: `http://127.0.0.1:${port}/a.git` });
  await connected.promise;
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 143);
  await ended.promise;
});

test('a git server that says nothing is given up', async (t) => {
  const port = await tcpPeer(t, (socket) => void socket.on('error', () => undefined).resume());
  const env = { DIRAC_REPO: `http://127.0.0.1:${port}/a.git`, DIRAC_HOTFIX_TIMEOUT: '1' };
  const { code, stdout, stderr } = await runEntrypoint(t, installLegacy(t), ECHO, env);
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(
    stderr,
    `entrypoint: DIRAC: cannot fetch http://127.0.0.1:${port}/a.git: not done within 1 s (DIRAC_HOTFIX_TIMEOUT)\n`,
  );
});

/** Each: what is wrong, how it is made so, and what is said. */
const WRONG: [string, (root: string) => { command?: string[]; env?: Record<string, string> }, RegExp][] = [
  [
    'no command',
    () => ({ command: [] }),
    /no command given: expected one, such as dirac-service DataManagement\/FileCatalog/,
  ],
  [
    'no installation',
    (root) => ({ env: { DIRAC_ROOT_PATH: `${root}/no` } }),
    /\/no is not there: expected the folder of a DIRAC/,
  ],
  [
    'an empty one',
    (root) => {
      rmSync(join(root, 'bashrc'));
      return {};
    },
    /no DIRAC in .*: expected bashrc, diracos\/diracosrc, diracosrc or venv\/bin\/python there/,
  ],
  ['a wrong time', () => ({ env: { DIRAC_HOTFIX_TIMEOUT: '5m' } }), /DIRAC_HOTFIX_TIMEOUT '5m': expected seconds/],
  [
    'a wrong commit',
    () => ({ env: { DIRAC_REPO: 'file:///no', DIRAC_COMMIT: '--help' } }),
    /DIRAC: commit '--help': expected 7 to 64 hexadecimal digits/,
  ],
  [
    'a branch of nothing',
    () => ({ env: { DIRAC_BRANCH: 'x' } }),
    /DIRAC: a branch or commit is given without a repository/,
  ],
  [
    'a commit of nothing',
    () => ({ env: { LHCB_DIRAC_COMMIT: 'abcdef1' } }),
    /LHCbDIRAC: a branch or commit is given without a repository/,
  ],
  [
    'a repository that is not there',
    () => ({ env: { DIRAC_REPO: 'file:///no/such/repository' } }),
    /DIRAC: cannot fetch file:\/\/\/no\/such\/repository: fatal: '\/no\/such\/repository' does not appear to be a git repository/,
  ],
  [
    'an option for a repository',
    () => ({ env: { DIRAC_REPO: '--upload-pack=touch x' } }),
    /DIRAC: cannot fetch --upload-pack=touch x: /,
  ],
];

for (const [name, prepare, message] of WRONG) {
  test(`${name}: the container stops, with one line`, async (t) => {
    const root = installLegacy(t);
    const { command = ECHO, env = {} } = prepare(root.path);
    const { code, stdout, stderr } = await runEntrypoint(t, root, command, env);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^entrypoint: [^\n]+\n$/);
    assert.match(stderr, message);
    assert.equal(existsSync(join(root.path, 'DIRAC/version')), true, 'the released DIRAC must stay where it is');
  });
}

test('a read-only installation: told where a hotfix is asked for, no matter otherwise', async (t) => {
  const root = installLegacy(t);
  const readOnly = ['unshare', '--mount', 'sh', '-c', 'mount --bind -o ro "$0" "$0" && exec "$@"', root.path];
  const { code, stderr } = await runEntrypoint(t, root, ECHO, { DIRAC_REPO: 'file:///no' }, readOnly);
  if (/^(unshare|mount): /.test(stderr)) return t.skip('a read-only mount cannot be had here');
  assert.deepEqual([code, stderr], [1, `entrypoint: DIRAC: ${root.path} cannot be written to, which a hotfix needs\n`]);
  assert.deepEqual(await runEntrypoint(t, root, ECHO, {}, readOnly), { code: 0, stdout: '[]', stderr: '' });
});
