import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer, json } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type AnswerQuestion, createDockerAnswer, createMachineAnswer } from '../cadvisorAnswer.ts';
import type { ClusterCounts, ClusterStart } from '../cadvisorCluster.ts';

/*
 * A process that is a part of the fake cluster of cAdvisors (cadvisorCluster.ts starts it): so many nodes, each on a port of its own, and
 * an InfluxDB that takes everything and counts it.
 */

const LINE_FEED = 0x0a;
/** Each sample is one line of it, in the legacy schema. */
const COUNTED = Buffer.from('cpu,');

process.once('message', async ({ nodes, shape }: ClusterStart) => {
  const docker = createDockerAnswer(shape);
  const machine = createMachineAnswer(shape.stepMs);
  const counts: Omit<ClusterCounts, 'cpuUs'> = { requests: 0, samples: 0, bytes: 0, connections: 0, written: 0 };

  // By their first request: whoever else looks for a listener on this machine is none of ours.
  const seen = new WeakSet<Socket>();
  const serveNode: RequestListener = async (request, response) => {
    if (!seen.has(request.socket)) counts.connections++;
    seen.add(request.socket);
    const asked = (await json(request)) as AnswerQuestion;
    const answerOf = request.url === '/api/v1.3/containers/' ? machine : docker;
    const { body, samples } = answerOf(asked, Date.now());
    counts.requests++;
    counts.samples += samples;
    counts.bytes += body.length;
    response.setHeader('content-type', 'application/json');
    response.end(body);
  };

  const serveInflux: RequestListener = async (request, response) => {
    const body = await buffer(request);
    counts.written += countLines(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    response.writeHead(204).end();
  };

  async function listen(onRequest: RequestListener): Promise<number> {
    // Connections stay open between rounds, as Go's server keeps them.
    const server = createServer({ keepAliveTimeout: 0 }, onRequest).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const influxPort = await listen(serveInflux);
  const ports = await Promise.all(Array.from({ length: nodes }, () => listen(serveNode)));
  process.send?.({ ports, influxPort });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ ...counts, cpuUs: user + system } satisfies ClusterCounts);
  });
  process.on('disconnect', () => process.exit(0));
});

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = 0; at >= 0 && at < lines.length; at = lines.indexOf(LINE_FEED, at) + 1 || -1) {
    if (lines.subarray(at, at + COUNTED.length).equals(COUNTED)) count++;
  }
  return count;
}
