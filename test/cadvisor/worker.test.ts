import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startParsePool } from '../../src/engine/pools.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { pointsOf } from './parseToLines.ts';

const CASE = new URL('../cases/cgroup-v1-docker-newest/', import.meta.url);

test('a parse worker takes the body over and gives the lines of the golden case', async (t) => {
  const pool = startParsePool();
  t.after(() => pool.close());
  const body = new Uint8Array(readFileSync(new URL('body.json', CASE)));
  const outcome = await pool.run({ source: 'docker', host: 'node-1', cursor: null, format: ORIGINAL_FORMAT }, body);
  assert.equal(body.byteLength, 0, 'moved, not copied');
  assert.ok(outcome.ok);
  const golden = readFileSync(new URL('lines.txt', CASE), 'utf8');
  assert.deepEqual(pointsOf(Buffer.from(outcome.lines).toString()), pointsOf(golden));
  assert.equal(outcome.lines.buffer.byteLength, outcome.lines.byteLength);
  assert.equal(outcome.points, 18);
  assert.equal(outcome.samples, 3);
  assert.equal(
    outcome.newest.get('/docker/0454fb931f492ada5123fce9c2ff9aff12d90fdbce57a71c2d4f0007f6fa4bd7'),
    1_795_502_179_310_655_622n,
  );
});

test('a malformed body is a failure, and the worker lives on', async (t) => {
  const pool = startParsePool();
  t.after(() => pool.close());
  const task = { source: 'docker', host: 'node-1', cursor: null, format: ORIGINAL_FORMAT } as const;
  const failed = await pool.run(task, new Uint8Array(Buffer.from('{"/docker/a": {')));
  assert.equal(failed.ok, false);
  assert.match(failed.ok ? '' : failed.detail, /not whole JSON/);
  assert.ok((await pool.run(task, new Uint8Array([0x7b, 0x7d]))).ok);
});
