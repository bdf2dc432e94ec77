import { BASE_IMAGE } from './baseImage.ts';
import type { Dockerd } from './dockerd.ts';

interface WantedContainer {
  name: string;
  labels: Record<string, string>;
}

interface Container extends WantedContainer {
  /** 64 hex digits. */
  id: string;
}

const MEMORY_LIMIT = '64m';

/** Uses some CPU and now more, now less memory (up to 300 kB), so that no two samples are alike. */
const PROGRAM = 'n=0; while :; do n=$(((n + 7) % 100)); ballast=$(seq $((n * 500))); sleep 0.2; done';

/** Starts a container of the base image that works a little until it is removed, or the engine stopped. */
export async function runContainer({ docker }: Dockerd, { name, labels }: WantedContainer): Promise<Container> {
  const labelArgs = Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  const limits = ['--network', 'none', '--memory', MEMORY_LIMIT];
  const args = ['run', '--detach', '--name', name, ...labelArgs, ...limits, BASE_IMAGE, 'sh', '-c', PROGRAM];
  return { id: await docker(args), name, labels };
}
