import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { startSpoolPool } from '../../src/engine/spoolPool.ts';
import { type InfluxSink, startInfluxSink } from '../../src/influx/influxSink.ts';
import type { Spool } from '../../src/model/spool.ts';
import { listenHttp, until } from '../collect/servers.ts';
import { createMemorySpool } from './memorySpool.ts';
import { block, targetOf } from './sinkRig.ts';

/*
 * A sink, a server that does what it likes, and the sum: whatever is answered, handed over + found = accepted + rejected + dropped + kept
 * at every moment; and in the end every good line is stored, and every bad one rejected. DIPS_PROBE_SINK_SEQUENCES says how many random
 * lives each of the first two tests has; 10,000 take minutes, most of them waiting.
 */
const SEQUENCES = Number(process.env.DIPS_PROBE_SINK_SEQUENCES ?? 40);

const MOODS = [
  '204',
  'stored, then reset',
  'stored, then silent',
  'reset',
  '401',
  '413',
  '429',
  '503',
  'silent',
] as const;
type Mood = (typeof MOODS)[number];

/** Of each step: what is handed over (true: a bad line), and how the next request is answered. */
interface Step {
  lines: boolean[];
  mood: Mood;
}

const STEPS = fc.array(
  fc.record<Step>({
    lines: fc.array(
      fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      { maxLength: 20 },
    ),
    mood: fc.constantFrom(...MOODS),
  }),
  { minLength: 1, maxLength: 12 },
);

/** What a server does with bad lines: as InfluxDB 1.x and 3, or refuse the body and name none. */
type Refusal = '1.x' | '3' | 'mute';

interface Server {
  url: string;
  moods: Mood[];
  refusal: Refusal;
  stored: Set<string>;
  onRequest: () => void;
}

async function startServer(t: TestContext): Promise<Server> {
  const server: Server = { url: '', moods: [], refusal: '1.x', stored: new Set(), onRequest: () => {} };
  const address = await listenHttp(t, async (request, response) => {
    const body = (await buffer(request)).toString();
    server.onRequest();
    answer(server, body, request, response);
  });
  server.url = `http://${address}`;
  return server;
}

function answer(server: Server, body: string, request: IncomingMessage, response: ServerResponse): void {
  const mood = server.moods.shift() ?? '204';
  const lines = body.split('\n').filter((line) => line !== '');
  const say = (status: number, text = '', headers = {}) => response.writeHead(status, headers).end(text);
  switch (mood) {
    case '413':
      if (lines.length > 1) say(413);
      else store(server, lines, say);
      return;
    case '204':
      store(server, lines, say);
      return;
    case '429':
      say(429, '', { 'retry-after': '0' });
      return;
    case '401':
    case '503':
      say(Number(mood));
      return;
    case 'stored, then reset':
    case 'stored, then silent':
      store(server, lines, () => {});
      break;
  }
  if (mood.endsWith('reset')) request.socket.destroy();
}

function store(
  { refusal, stored }: Server,
  lines: string[],
  say: (status: number, text?: string, headers?: object) => void,
): void {
  const bad = lines.filter((line) => line.startsWith('bad'));
  if (bad.length === 0 || refusal !== 'mute') for (const line of lines) if (!line.startsWith('bad')) stored.add(line);
  if (bad.length === 0) {
    say(204);
    return;
  }
  const isPartial = bad.length < lines.length;
  const unparsed = bad.map((line) => `unable to parse '${line}': invalid`).join('\n');
  const data = lines.flatMap((line, at) =>
    line.startsWith('bad') ? [{ line_number: at + 1, error_message: 'x' }] : [],
  );
  const error = {
    '1.x': { error: isPartial ? `partial write: ${unparsed} dropped=0` : unparsed },
    '3': { error: 'partial write of line protocol occurred', data },
    mute: { error: 'no' },
  }[refusal];
  say(400, JSON.stringify(error), { 'content-type': 'application/json' });
}

/** One run; resolves when all that was handed over is settled. */
async function run(server: Server, steps: Step[], spool: Spool | null, hasClosed: boolean): Promise<void> {
  server.stored.clear();
  server.moods = steps.map(({ mood }) => mood);
  const batch = { maxLines: 8, maxBytes: 100_000, maxAgeMs: 1 };
  const sink: InfluxSink = startInfluxSink({
    target: { ...targetOf(server.url), batch },
    log: { warn: () => {} },
    spool,
    timeoutMs: 25,
    backoffMs: 1,
    closeTimeoutMs: 20_000,
  });
  let handed = 0;
  const check = () => {
    const { accepted, rejected, dropped, kept } = sink.counts;
    assert.equal(accepted + rejected + dropped + kept, handed + (spool?.counts.found ?? 0));
  };
  let fault: unknown = null;
  server.onRequest = () => {
    try {
      check();
    } catch (error) {
      fault ??= error;
    }
  };
  const good = new Set<string>();
  for (const { lines } of steps) {
    const texts = lines.map((isBad, at) => `${isBad ? 'bad' : 'm'} up=1i ${handed + at}`);
    for (const text of texts) if (text.startsWith('m')) good.add(text);
    handed += texts.length;
    if (texts.length > 0) sink.write(...block(...texts));
    check();
    await new Promise((resolve) => setImmediate(resolve));
    check();
  }
  if (!hasClosed) await until(() => sink.counts.kept === 0);
  check();
  await sink.close();
  check();
  if (fault) throw fault;
  const { accepted, rejected, dropped, kept } = sink.counts;
  if (hasClosed) {
    assert.ok(accepted + rejected <= handed && (spool !== null || kept === 0));
    if (spool) assert.equal(dropped, 0, 'what is not written is in the spool');
    return;
  }
  assert.deepEqual([...server.stored].sort(), [...good].sort(), 'no line is lost, and none is made');
  assert.deepEqual([accepted, rejected, dropped], [good.size, handed - good.size, 0]);
}

/** Another one each time, told, so that a failure can be had again. */
function seedOf(t: TestContext): number {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  return seed;
}

const CASES = fc.tuple(STEPS, fc.constantFrom<Refusal>('1.x', '3', 'mute'), fc.boolean());

for (const hasClosed of [false, true]) {
  test(`the sums hold${hasClosed ? ', also when it is closed in the middle' : ' and no line is lost'}`, async (t) => {
    const server = await startServer(t);
    const property = fc.asyncProperty(CASES, async ([steps, refusal, hasSpool]) => {
      server.refusal = refusal;
      await run(server, steps, hasSpool ? createMemorySpool() : null, hasClosed);
    });
    await fc.assert(property, { numRuns: SEQUENCES, endOnFailure: true, seed: seedOf(t) });
  });
}

test('the same with the real spool', async (t) => {
  const server = await startServer(t);
  const folder = mkdtempSync(join(tmpdir(), 'influx-accounting-'));
  t.after(() => rmSync(folder, { recursive: true }));
  let runs = 0;
  const property = fc.asyncProperty(CASES, async ([steps, refusal]) => {
    server.refusal = refusal;
    const path = join(folder, `${runs++}.sqlite`);
    const spool = await startSpoolPool({ path, maxBytes: 2 ** 20, maxAgeMs: 3_600_000, log: { warn: () => {} } });
    try {
      await run(server, steps, spool, false);
    } finally {
      await spool.close();
    }
  });
  await fc.assert(property, { numRuns: 8, endOnFailure: true, seed: seedOf(t) });
});
