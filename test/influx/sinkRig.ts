import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type InfluxSink, type InfluxSinkOptions, startInfluxSink } from '../../src/influx/influxSink.ts';
import type { BatchLimits, InfluxTarget } from '../../src/model/influxTarget.ts';
import { listenHttp } from '../collect/servers.ts';

export const SECRET = 'pa:ss wörd';

/** Batches at once: no test waits for an age. */
export const AT_ONCE: BatchLimits = { maxLines: 5000, maxBytes: 2 ** 20, maxAgeMs: 0 };

export interface Started {
  sink: InfluxSink;
  told: { message: string; detail: string; points: number }[];
}

export function targetOf(url: string): Extract<InfluxTarget, { version: 1 }> {
  return {
    version: 1,
    url,
    database: 'dirac',
    retentionPolicy: null,
    login: { username: 'probe', password: SECRET },
    ca: null,
    gzip: true,
    batch: AT_ONCE,
  };
}

/** A sink that tries again at once; closed after the test. */
export function startSink(
  t: TestContext,
  target: InfluxTarget,
  options: Partial<Omit<InfluxSinkOptions, 'target'>> = {},
): Started {
  const told: Started['told'] = [];
  const sink = startInfluxSink({
    target,
    log: { warn: ({ detail, points }, message) => told.push({ message, detail, points }) },
    backoffMs: 1,
    closeTimeoutMs: 10_000,
    ...options,
  });
  t.after(() => sink.close());
  return { sink, told };
}

export function block(...lines: string[]): [Uint8Array, number] {
  return [Buffer.from(lines.map((line) => `${line}\n`).join('')), lines.length];
}

export interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** A server whose answer follows from the number of the request, from 1, and its body, which is decompressed. */
export async function listenAnswering(t: TestContext, answerTo: (request: number, body: string) => Answer) {
  const bodies: string[] = [];
  const address = await listenHttp(t, async (request, response) => {
    const bytes = await buffer(request);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    bodies.push(text);
    const { status, body = '', headers = {} } = answerTo(bodies.length, text);
    response.writeHead(status, headers).end(body);
  });
  return { url: `http://${address}`, bodies };
}

/** The first answer to the first request, the second to the second, and the last to all further ones. */
export function inTurn(...answers: Answer[]): (request: number) => Answer {
  return (request) => answers[Math.min(request, answers.length) - 1] ?? { status: 204 };
}
