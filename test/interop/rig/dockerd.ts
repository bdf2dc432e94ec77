import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cgroupObstacle, PARENT, removeCgroups } from './cgroups.ts';
import { runOrThrow, runToEnd, startProcess, waitUntil } from './processes.ts';
import { temporaryDir } from './temporaryDir.ts';

/** A real Docker engine that the rig started. */
export interface Dockerd {
  /** Path of its unix socket. */
  socket: string;
  /** Runs Docker's command line, which must succeed; it builds by the engine's own (classic) builder. Resolves to what it says. */
  docker(args: string[], options?: { timeoutMs?: number }): Promise<string>;
  /**
   * The command that runs a program among the engine's processes: the pids that its API tells are those of a namespace, and
   * only there `/proc` shows them. The program is killed with the command.
   */
  inside(command: string, args: string[]): { command: string; args: string[] };
  /** Kills it with all its containers, and removes their cgroups. */
  stop(): Promise<void>;
}

/**
 * Process and mount namespaces of its own: when the first process in them dies, however, the kernel kills all others and undoes
 * all mounts. Without them a killed run would leave containers behind, and a stopped one mounts and sockets.
 */
export const OWN_NAMESPACES = [
  '--mount',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
  '--propagation',
  'slave',
];

/**
 * Runs its arguments with a `/run` that shows the machine's and keeps what is written to itself: the engine and its containers have
 * sockets there, whatever its own directory ($0).
 */
const IN_OWN_RUN = `
mkdir "$0/run" && mount -t tmpfs rig "$0/run" && mkdir "$0/run/upper" "$0/run/work"
mount -t overlay rig -o "lowerdir=/run,upperdir=$0/run/upper,workdir=$0/run/work" /run
exec tini -- "$@"`;

/** Why no engine can be started on this machine; undefined where one can. */
export async function dockerObstacle(): Promise<string | undefined> {
  const obstacle = cgroupObstacle();
  if (obstacle) return obstacle;
  const { code, stderr } = await runToEnd('unshare', [...OWN_NAMESPACES, 'mount', '-t', 'tmpfs', 'rig', '/mnt']);
  return code === 0 ? undefined : `no namespaces and mounts of our own: ${stderr.trim()}`;
}

/**
 * Starts Docker 20.10 with its data in a temporary directory; `programs` holds it, containerd, runc and tini. It has no network of
 * its own making: containers and builds are to be given `--network none` or `--network host`.
 */
export async function startDockerd(programs: string): Promise<Dockerd> {
  const dir = temporaryDir('dockerd');
  const socket = join(dir, 'docker.sock');
  const path = [programs, join(programs, '../sbin'), process.env.PATH].join(delimiter);
  removeCgroups(); // what a killed run left
  const places = ['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')];
  const network = ['--bridge', 'none', '--iptables=false', '--ip-forward=false'];
  const dockerd = ['dockerd', ...places, ...network, '-H', `unix://${socket}`, '--cgroup-parent', `/${PARENT}`];
  const engine = startProcess({
    name: 'dockerd',
    command: 'unshare',
    args: [...OWN_NAMESPACES, 'sh', '-ec', IN_OWN_RUN, dir, ...dockerd],
    env: { PATH: path },
  });
  const env = { PATH: path, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: dir };
  const docker: Dockerd['docker'] = async (args, options) =>
    (await runOrThrow('docker', args, { ...options, env })).trimEnd();
  await waitUntil('dockerd answers', () => docker(['version']), { process: engine });
  const firstPid = readFileSync(`/proc/${engine.pid}/task/${engine.pid}/children`, 'utf8').trim();
  return {
    socket,
    docker,
    inside: (command, args) => ({
      command: 'nsenter',
      args: ['--target', firstPid, '--mount', '--pid', 'setpriv', '--pdeathsig', 'KILL', command, ...args],
    }),
    async stop() {
      engine.signal('SIGKILL');
      await engine.stop();
      await waitUntil('the cgroups of the containers are empty and removed', () => removeCgroups() ?? true);
    },
  };
}
