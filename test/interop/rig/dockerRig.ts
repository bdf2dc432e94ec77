import { bringBaseImage, importBaseImage } from './baseImage.ts';
import { debianPrograms } from './debian.ts';
import { type Dockerd, dockerObstacle, startDockerd } from './dockerd.ts';

/** The programs of the engine and the base image. Throws where no engine can be started. */
export async function bringDocker(): Promise<{ programs: string; image: string }> {
  const obstacle = await dockerObstacle();
  if (obstacle) throw new Error(obstacle);
  const programs = await debianPrograms('docker');
  return { programs, image: await bringBaseImage(programs) };
}

/** An engine that has the base image. */
export async function startDocker({ programs, image }: Awaited<ReturnType<typeof bringDocker>>): Promise<Dockerd> {
  const dockerd = await startDockerd(programs);
  await importBaseImage(dockerd, image).catch(async (error) => {
    await dockerd.stop();
    throw error;
  });
  return dockerd;
}
