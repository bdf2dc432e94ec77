import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import type { PingTask } from '../../src/model/pingTask.ts';
import { parseTarget } from '../../src/model/target.ts';
import { packTask, type TaskRow, unpackTask } from '../../src/model/taskRow.ts';

const target = parseTarget('dips://host.example.org:9135/System/Service');

test('a task is the same after its way between threads, field by field, and brings its id', () => {
  const tasks: PingTask[] = [
    { target, timeoutMs: 1, serverName: 'name.example.org', addresses: ['192.0.2.1', '::1'], startInMs: 0 },
    { target, timeoutMs: 2, serverName: null, addresses: undefined, startInMs: undefined },
    { target, timeoutMs: 3 },
  ];
  for (const [id, task] of tasks.entries()) {
    const row: TaskRow = deserialize(serialize(packTask(id, task)));
    assert.equal(row[0], id);
    const none = { serverName: undefined, addresses: undefined, startInMs: undefined };
    assert.deepEqual(unpackTask(row), { ...none, ...task });
  }
});
