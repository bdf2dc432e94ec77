import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { parseAnswer } from '../src/cadvisor/parseAnswer.ts';
import { Conversation, encodePingRequest } from '../src/dips/conversation.ts';
import { decodeDEncode, encodeDEncode } from '../src/dips/dencode.ts';
import { encodeFrame, FrameReader } from '../src/dips/frame.ts';
import { decodeJEncode } from '../src/dips/jencode.ts';
import { pingLine } from '../src/influx/pingPoint.ts';
import { ORIGINAL_FORMAT } from '../src/model/lineFormat.ts';
import { failedBeforeConnect, type ProbeResult } from '../src/model/result.ts';
import { formatTarget, parseTarget } from '../src/model/target.ts';
import { ANSWER } from './answer.ts';

/** What one pure part costs. */
export interface MicroRow {
  name: string;
  cpuUs: number;
  megabytesPerSecond?: number;
}

/** Recorded from cAdvisor 0.38.7: four containers with 60 samples each, 390 kB. */
const BODY = new Uint8Array(readFileSync(new URL('../test/fixtures/cadvisor/cgroup-v1-docker.json', import.meta.url)));

/** The pure parts, one at a time, in this thread. */
export async function benchMicro(timeMs: number): Promise<MicroRow[]> {
  const dencoded = Buffer.from(encodeDEncode({ OK: true, Value: ANSWER }));
  const json = Buffer.from(JSON.stringify({ OK: true, Value: ANSWER }));
  const verdict = encodeFrame(Buffer.from(encodeDEncode({ OK: true, Value: null })));
  const stream = Buffer.concat([verdict, encodeFrame(dencoded)]);
  const target = parseTarget('dips://node-1.example.org:9197/DataManagement/FileCatalog');
  const result: ProbeResult = {
    ...failedBeforeConnect(formatTarget(target), 'refused', ''),
    ok: true,
    reason: null,
    detail: null,
    serviceUptimeSeconds: 86_400,
    timingsMs: { dns: 0.01, connect: 0.123, tls: 12.345, rpc: 3.456, total: 15.934 },
  };

  const bench = new Bench({ time: timeMs });
  bench
    .add('request: encode both frames', () => {
      encodePingRequest('Framework/RigLab', 'hosts');
    })
    .add('frame: cut two out of a stream', () => {
      const reader = new FrameReader();
      reader.push(stream);
      reader.next();
      reader.next();
    })
    .add('DEncode: decode a ping answer', () => {
      decodeDEncode(dencoded);
    })
    .add('JEncode: decode a ping answer', () => {
      decodeJEncode(json);
    })
    .add('conversation: verdict and answer', () => {
      new Conversation().receive(stream);
    })
    .add('line protocol: one ping', () => {
      pingLine(target, result, 1_795_502_180_000);
    })
    .add(CADVISOR, () => {
      const answer = parseAnswer({
        source: 'docker',
        host: 'node-1',
        cursor: new Map(),
        format: ORIGINAL_FORMAT,
        body: BODY,
      });
      if (!answer.ok) throw new Error(answer.detail);
    });
  await bench.run();
  return bench.tasks.map((task) => toRow(task.name, task.result));
}

const CADVISOR = 'cAdvisor: 390 kB of JSON to line protocol';

function toRow(name: string, result: Bench['tasks'][number]['result']): MicroRow {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
  const meanMs = result.latency.mean;
  return {
    name,
    cpuUs: meanMs * 1000,
    ...(name === CADVISOR && { megabytesPerSecond: BODY.length / 1e6 / (meanMs / 1000) }),
  };
}
