import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLineBatch } from '../../src/influx/lineBatch.ts';
import { startSqliteSink } from '../../src/influx/sqliteSink.ts';

/** Two real sinks that stand until the end of the test. */
function startSinks() {
  return [0, 1].map(() => startSqliteSink({ path: ':memory:', maxRows: 10_000 }));
}

function line(at: number): string {
  return `dips_ping up=1i ${at}\n`;
}

test('what waits is handed to every sink, as so many points in their order', async (t) => {
  const sinks = startSinks();
  t.after(() => sinks.map((sink) => sink.close()));
  const batch = startLineBatch(sinks, 60_000);
  for (let at = 0; at < 3; at++) batch.add(line(at));
  assert.deepEqual(
    sinks.map(({ counts }) => counts.accepted),
    [0, 0],
  );
  batch.close();
  for (const sink of sinks) {
    assert.equal(sink.counts.accepted, 3);
    assert.deepEqual(
      sink.newestLines('dips_ping', 10).map((text) => `${text}\n`),
      [2, 1, 0].map(line),
    );
  }
  batch.close();
  assert.equal(sinks[0]?.counts.accepted, 3);
});

test('the bound is 500 lines, whatever the time', async (t) => {
  const sinks = startSinks();
  t.after(() => sinks.map((sink) => sink.close()));
  const batch = startLineBatch(sinks, 60_000);
  for (let at = 0; at < 1_250; at++) batch.add(line(at));
  assert.equal(sinks[0]?.counts.accepted, 1_000);
  batch.close();
  assert.equal(sinks[0]?.counts.accepted, 1_250);
});

test('a line waits for no other longer than its time, again and again', async (t) => {
  const sinks = startSinks();
  t.after(() => sinks.map((sink) => sink.close()));
  const batch = startLineBatch(sinks, 1);
  for (let at = 1; at <= 3; at++) {
    batch.add(line(at));
    while (sinks[1]?.counts.accepted !== at) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(sinks[0]?.counts.accepted, 3);
});
