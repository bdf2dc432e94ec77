import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';

/** A container as our engine tells it to cAdvisor. */
export interface Container {
  /** 64 hex digits. */
  id: string;
  /** Docker's name, without the slash; cAdvisor's first alias. */
  name: string;
  labels: Record<string, string>;
  /** Of its first process, in the host's numbering. */
  pid: number;
}

/**
 * Just enough of Docker's API on a unix socket for a real cAdvisor 0.38 to take our hand-made cgroups for containers, where
 * no engine runs and no image can be had. Files that cAdvisor reads below Docker's root are made too. Resolves to a stop.
 */
export async function startDockerEngine(
  socket: string,
  root: string,
  containers: Container[],
): Promise<() => Promise<void>> {
  for (const { id } of containers) makeDockerFiles(root, id);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    answer(response, path, root, containers);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

function answer(response: ServerResponse, path: string, root: string, containers: Container[]): void {
  const body = bodyOf(path, root, containers);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json', 'api-version': '1.41' });
  response.end(JSON.stringify(body ?? { message: `no such thing: ${path}` }));
}

function bodyOf(path: string, root: string, containers: Container[]): object | undefined {
  if (path === '/_ping') return {};
  if (path === '/version') return { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Os: 'linux' };
  if (path === '/info') {
    const storage = { Driver: 'overlay2', DriverStatus: [['Backing Filesystem', 'extfs']], DockerRootDir: root };
    return { ID: 'rig', ServerVersion: '20.10.24', CgroupDriver: 'cgroupfs', CgroupVersion: '1', ...storage };
  }
  const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(path)?.[1];
  const container = containers.find((candidate) => candidate.id === id);
  return container && describe(container);
}

function describe({ id, name, labels, pid }: Container): object {
  return {
    Id: id,
    Name: `/${name}`,
    Created: new Date().toISOString(),
    RestartCount: 0,
    State: { Status: 'running', Running: true, Pid: pid },
    Config: { Image: 'rig/service:1', Labels: labels, Env: [] },
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: { IPAddress: '127.0.0.1', Networks: {} },
    GraphDriver: { Name: 'overlay2', Data: {} },
  };
}

function makeDockerFiles(root: string, id: string): void {
  const mounts = join(root, 'image/overlay2/layerdb/mounts', id);
  for (const dir of [mounts, join(root, 'containers', id), join(root, 'overlay2', id, 'diff')]) {
    mkdirSync(dir, { recursive: true });
  }
  writeFileSync(join(mounts, 'mount-id'), id);
}
