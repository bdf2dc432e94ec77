import { json } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { listenHttp } from './servers.ts';

export interface SamplingNode {
  address: string;
  /** num_stats of each request that was answered. */
  asked: number[];
  /** How many samples each answer held. */
  given: number[];
  /** How many samples the machine and the container have got so far. */
  taken: { docker: number; machine: number };
}

interface Question {
  num_stats: number;
  start?: string;
}

/**
 * A cAdvisor that takes the next samples (of one container, of the machine), a second apart, whenever it is asked; a sample's total is
 * its number. As cAdvisor's own store does, it answers with the newest `num_stats` of those at or after `start`.
 */
export async function startSamplingNode(t: TestContext, newPerRequest: number): Promise<SamplingNode> {
  const asked: number[] = [];
  const given: number[] = [];
  const taken = { docker: 0, machine: 0 };
  const address = await listenHttp(t, async (request, response) => {
    const { num_stats: numStats, start } = (await json(request)) as Question;
    asked.push(numStats);
    const source = request.url === '/api/v1.3/docker' ? 'docker' : 'machine';
    taken[source] += newPerRequest;
    const kept = Array.from({ length: taken[source] }, (_, index) => sampleOf(index + 1));
    const stats = kept.filter(({ timestamp }) => start === undefined || timestamp >= start).slice(-numStats);
    given.push(stats.length);
    const container = { id: 'f00d', aliases: ['mesos-1'], spec: { labels: { dirac_component: 'A/B' } }, stats };
    response.end(JSON.stringify(source === 'docker' ? { '/docker/f00d': container } : { name: '/', stats }));
  });
  return { address, asked, given, taken };
}

function sampleOf(number: number) {
  return { timestamp: new Date(1e12 + number * 1000).toISOString(), cpu: { usage: { total: number } } };
}
