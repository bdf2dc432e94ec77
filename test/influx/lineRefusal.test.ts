import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRefusal } from '../../src/influx/lineRefusal.ts';

const LINES = ['m up=1i 1', 'foo', "m,'a=': b up= 4", 'm up=2i 2', 'foo'];
const v3 = (data: unknown) => JSON.stringify({ error: 'partial write of line protocol occurred', data });

test('InfluxDB 1.6.7 names the lines that it cannot parse; the others are stored', () => {
  const message =
    "partial write: unable to parse 'foo': missing fields\nunable to parse 'm,'a=': b up= 4': invalid field format\nunable to parse 'foo': missing fields dropped=0";
  assert.deepEqual(readRefusal(message, LINES), { kind: 'rest stored', bad: new Set([1, 4, 2]) });
});

test('InfluxDB 1 and 2 name them without a word of a partial write: nothing is stored', () => {
  const message = "unable to parse 'foo': missing fields\nunable to parse 'm,'a=': b up= 4': invalid field format";
  assert.deepEqual(readRefusal(message, LINES), { kind: 'nothing stored', bad: new Set([1, 4, 2]) });
});

for (const prefix of ['', 'failure writing points to database: ']) {
  test(`some were dropped and not named: "${prefix}partial write: …"`, () => {
    const message = `${prefix}partial write: field type conflict: input field "up" on measurement "m" is type float, already exists as type integer dropped=2`;
    assert.deepEqual(readRefusal(message, LINES), { kind: 'some dropped', dropped: 2 });
    assert.deepEqual(readRefusal(message, LINES.slice(0, 1)), { kind: 'unclear' }, 'more than there are');
  });
}

test('InfluxDB 3 names lines by their number; with a list the others are stored', () => {
  const line = (line_number: number) => ({ original_line: 'foo', line_number, error_message: 'No fields' });
  assert.deepEqual(readRefusal(v3([line(2), line(5)]), LINES), { kind: 'rest stored', bad: new Set([1, 4]) });
  assert.deepEqual(readRefusal(v3(line(2)), LINES), { kind: 'nothing stored', bad: new Set([1]) });
});

for (const [name, message] of [
  ['no word of lines', 'field type conflict'],
  ['no text', ''],
  ['a line that was not sent', "unable to parse 'bar': missing fields"],
  ['a line that was sent and one that was not', "unable to parse 'foo': x\nunable to parse 'bar': x"],
  ['a text that ends within a line', "unable to parse 'foo': x\nunable to pa"],
  ['a partial write that names none', 'partial write: out of sorts dropped=0'],
  ['numbers that are none of ours', v3([{ line_number: 6 }])],
  ['a number that is none', v3([{ line_number: 1.5 }])],
  ['no numbers', v3([])],
  ['other data', v3(5)],
  ['JSON cut short', '{"error": "partial write", "data": [{'],
] as const) {
  test(`unclear: ${name}`, () => assert.deepEqual(readRefusal(message, LINES), { kind: 'unclear' }));
}
