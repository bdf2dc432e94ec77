import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../collect/servers.ts';
import { type Answer, block, inTurn, listenAnswering, startSink, targetOf } from './sinkRig.ts';

/* Bad lines cost themselves and nothing else, whatever way a server has of saying so. Lines that hold `bad` are bad here. */

const linesOf = (body: string) => body.split('\n').filter((line) => line !== '');
const isBad = (line: string) => line.includes('bad');

function linesWithBad(count: number, bad: readonly number[]): string[] {
  return Array.from({ length: count }, (_, at) => `m,host=${bad.includes(at) ? 'bad' : 'good'} up=1i ${at}`);
}

/** A server that stores in `stored` what `storing` says it stores of a refused body. */
async function startServer(t: TestContext, refuse: (bad: string[], lines: string[]) => Answer, storesRest: boolean) {
  const stored = new Set<string>();
  const { url, bodies } = await listenAnswering(t, (_, body) => {
    const lines = linesOf(body);
    const bad = lines.filter(isBad);
    if (bad.length === 0 || storesRest) {
      for (const line of lines) if (!isBad(line)) stored.add(line);
    }
    return bad.length === 0 ? { status: 204 } : refuse(bad, lines);
  });
  return { url, bodies, stored };
}

const unparsed = (bad: string[]) => bad.map((line) => `unable to parse '${line}': bad tag`).join('\n');
const json = (value: unknown) => ({ body: JSON.stringify(value), headers: { 'content-type': 'application/json' } });

const SERVERS: [string, (bad: string[], lines: string[]) => Answer, boolean, number][] = [
  [
    'InfluxDB 1.x: parse errors, the rest stored',
    (bad) => ({ status: 400, ...json({ error: `partial write: ${unparsed(bad)} dropped=0` }) }),
    true,
    1,
  ],
  [
    'InfluxDB 1.x: dropped and not named, the rest stored',
    (bad) => ({ status: 400, ...json({ error: `partial write: field type conflict: … dropped=${bad.length}` }) }),
    true,
    1,
  ],
  [
    'InfluxDB 2: parse errors, nothing stored',
    (bad) => ({ status: 400, ...json({ code: 'invalid', message: unparsed(bad) }) }),
    false,
    2,
  ],
  [
    'InfluxDB 2: a conflict, 422, the rest stored',
    (bad) => ({
      status: 422,
      ...json({
        code: 'unprocessable entity',
        message: `failure writing points to database: partial write: field type conflict: … dropped=${bad.length}`,
      }),
    }),
    true,
    1,
  ],
  [
    'InfluxDB 3: lines by number, the rest stored',
    (_, lines) => ({
      status: 400,
      ...json({
        error: 'partial write of line protocol occurred',
        data: lines.flatMap((line, at) =>
          isBad(line) ? [{ original_line: line, line_number: at + 1, error_message: 'bad' }] : [],
        ),
      }),
    }),
    true,
    1,
  ],
  ['a server that names none and stores nothing', () => ({ status: 400, body: 'cannot parse' }), false, 0],
];
for (const [name, refuse, storesRest, requests] of SERVERS) {
  test(`${name}: 3 of 1,000 lines`, async (t) => {
    const { url, bodies, stored } = await startServer(t, refuse, storesRest);
    const lines = linesWithBad(1000, [0, 499, 998]);
    const { sink, told } = startSink(t, targetOf(url));
    sink.write(...block(...lines));
    sink.write(...block('m,host=good up=1i 5000'));
    await sink.close();
    assert.deepEqual({ ...sink.counts }, { accepted: 998, rejected: 3, dropped: 0, kept: 0 });
    assert.deepEqual([...stored].sort(), [...lines.filter((line) => !isBad(line)), 'm,host=good up=1i 5000'].sort());
    if (requests > 0) assert.equal(bodies.length, requests);
    else assert.ok(bodies.length < 70, `${bodies.length} requests`);
    assert.equal(told.length, 1, 'one example');
    assert.equal(told[0]?.message, 'points rejected');
    assert.match(told[0]?.detail ?? '', /^answered 4(00|22): /);
  });
}

test('an example of a rejected line is told, cut', async (t) => {
  const { url } = await startServer(t, () => ({ status: 400, body: 'cannot parse' }), false);
  const { sink, told } = startSink(t, targetOf(url));
  sink.write(...block(`bad,host=${'h'.repeat(500)} up=1i 1`));
  await sink.close();
  assert.equal(told[0]?.detail, `answered 400: cannot parse; such as ${`bad,host=${'h'.repeat(500)}`.slice(0, 200)}…`);
});

test('all lines bad and none named: bounded in requests, and every line counted as rejected', async (t) => {
  const { url, bodies } = await startServer(t, () => ({ status: 400, body: 'cannot parse' }), false);
  const { sink } = startSink(t, targetOf(url));
  sink.write(...block(...linesWithBad(1000, [...Array(1000).keys()])));
  await sink.close();
  assert.deepEqual({ ...sink.counts }, { accepted: 0, rejected: 1000, dropped: 0, kept: 0 });
  assert.ok(bodies.length <= 2 * 128 + 1, `${bodies.length} requests`);
});

test('413: written in halves; only a line that is too large alone is rejected', async (t) => {
  const stored: string[] = [];
  const { url } = await listenAnswering(t, (_, body) => {
    if (body.length > 100) return { status: 413, body: '{"error":"Request Entity Too Large"}' };
    stored.push(...linesOf(body));
    return { status: 204 };
  });
  const lines = Array.from({ length: 20 }, (_, at) => `m,host=${'h'.repeat(at === 7 ? 120 : 5)} up=1i ${at}`);
  const { sink, told } = startSink(t, targetOf(url));
  sink.write(...block(...lines));
  await sink.close();
  assert.deepEqual(stored, lines.toSpliced(7, 1), 'in their order');
  assert.deepEqual({ ...sink.counts }, { accepted: 19, rejected: 1, dropped: 0, kept: 0 });
  assert.match(told[0]?.detail ?? '', /^answered 413: Request Entity Too Large; such as m,host=hhh/);
});

test('a server that goes away in the middle of the halves: what is settled is, the rest is kept', async (t) => {
  const answers = inTurn({ status: 413 }, { status: 204 }, { status: 503 }, { status: 503 }, { status: 204 });
  const { url, bodies } = await listenAnswering(t, answers);
  const { sink } = startSink(t, targetOf(url));
  sink.write(...block('m up=1i 1', 'm up=1i 2', 'm up=1i 3'));
  await until(() => sink.counts.kept === 0);
  assert.deepEqual(bodies, [
    'm up=1i 1\nm up=1i 2\nm up=1i 3\n',
    'm up=1i 1\n',
    ...Array(3).fill('m up=1i 2\nm up=1i 3\n'),
  ]);
  assert.deepEqual({ ...sink.counts }, { accepted: 3, rejected: 0, dropped: 0, kept: 0 });
});
