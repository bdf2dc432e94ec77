import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startSqliteSink } from '../../src/influx/sqliteSink.ts';

function lines(measurement: string, from: number, to: number): Uint8Array {
  let text = '';
  for (let n = from; n <= to; n++) text += `${measurement},host=a\\ b total=${n}i 179550218000000000${n}\n`;
  return Buffer.from(text);
}

test('keeps lines with their measurement and time, the oldest out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-sink-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'store.sqlite');
  const sink = startSqliteSink({ path, maxRows: 5 });
  sink.write(lines('cpu', 1, 4), 4);
  sink.write(lines('memory', 5, 7), 3);
  assert.deepEqual(sink.counts, { accepted: 7, rejected: 0, dropped: 0, kept: 0 });
  assert.deepEqual(sink.newestLines('memory', 2), [
    'memory,host=a\\ b total=7i 1795502180000000007',
    'memory,host=a\\ b total=6i 1795502180000000006',
  ]);
  await sink.close();

  const database = new DatabaseSync(path);
  t.after(() => database.close());
  const statement = database.prepare('SELECT measurement, time_ns FROM line ORDER BY id');
  statement.setReadBigInts(true);
  assert.deepEqual(
    statement.all().map(({ measurement, time_ns }) => [measurement, time_ns]),
    [3, 4]
      .map((n) => ['cpu', 1_795_502_180_000_000_000n + BigInt(n)])
      .concat([5, 6, 7].map((n) => ['memory', 1_795_502_180_000_000_000n + BigInt(n)])),
  );
});

test('goes on where it was, still bounded', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-sink-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'store.sqlite');
  const first = startSqliteSink({ path, maxRows: 3 });
  first.write(lines('cpu', 1, 3), 3);
  await first.close();
  const second = startSqliteSink({ path, maxRows: 3 });
  second.write(lines('cpu', 4, 4), 1);
  assert.equal(second.newestLines('cpu', 10).length, 3);
  await second.close();
});

test('what cannot be stored is dropped as a whole, counted and told', async () => {
  const told: string[] = [];
  const sink = startSqliteSink({ path: ':memory:', maxRows: 10, log: { warn: ({ detail }) => told.push(detail) } });
  sink.write(Buffer.from('cpu total=1i 1\ncpu total=2i 99999999999999999999999\n'), 2);
  assert.deepEqual(sink.counts, { accepted: 0, rejected: 0, dropped: 2, kept: 0 });
  assert.deepEqual(sink.newestLines('cpu', 10), []);
  assert.equal(told.length, 1);
  sink.write(lines('cpu', 1, 1), 1);
  assert.equal(sink.counts.accepted, 1, 'and the next is stored');
  await sink.close();
});
