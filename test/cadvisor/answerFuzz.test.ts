import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, seededRandom } from '../dips/pieces.ts';
import { assertAgree, messagesOf } from './agreement.ts';
import { middleCursor, recordedBodies } from './recordedBodies.ts';

const SEED = Number(process.env.DIPS_PROBE_FUZZ_SEED ?? 20_261_124);
const SECONDS = Number(process.env.DIPS_PROBE_FUZZ_SECONDS ?? 3);
const MAX_BYTES = 20_000;

/** What JSON and cAdvisor's answers turn on. */
const TELLING = [
  ...'{}[]:,"\\-.0eE \n',
  ...[
    '\\u0063',
    '\\ud800',
    '\\x',
    '\u00e9',
    '\0',
    '00',
    '-0',
    '-1',
    '1e2',
    '1.5',
    '1E400',
    '-',
    '1.',
    '9007199254740993',
  ],
  ...[
    '18446744073709551615',
    '999999999999999',
    '1000000000000000',
    'null',
    'true',
    'fals',
    '""',
    '{}',
    '[]',
    '"x":1,',
  ],
  ...['"timestamp":', '"cpu":', '"usage":1,', '"stats":[],', '"spec":{},', '2026-11-24T06:36:20Z', '[[[[[[[[', 'mesos'],
].map((text) => Buffer.from(text));

test(`scanner and oracle agree on answers with changed bytes (seed ${SEED}, ${SECONDS} s)`, (t) => {
  const bodies = recordedBodies().filter(({ body }) => body.length < MAX_BYTES);
  const cursors = bodies.map(({ body }) => middleCursor(body));
  const endMs = performance.now() + SECONDS * 1000;
  let taken = 0;
  let turn = 0;
  for (; turn === 0 || performance.now() < endMs; turn++) {
    const random = seededRandom(SEED * 1_000_003 + turn);
    const at = randomBelow(bodies.length, random);
    const { source, body } = bodies[at] as (typeof bodies)[number];
    const changed = change(Buffer.from(body), random);
    const messages = messagesOf(new Uint8Array(changed), source, cursors[at] ?? new Map());
    const message = messages[randomBelow(messages.length, random)];
    try {
      if (message && assertAgree(message)) taken++;
    } catch (error) {
      throw new Error(`turn ${turn} of seed ${SEED}: ${changed.toString('latin1')}`, { cause: error });
    }
  }
  t.diagnostic(`${turn} answers, ${taken} of them taken`);
  assert.ok(turn > 0);
});

/** One to three changes: bytes put in, taken out, overwritten, or said again. */
function change(body: Buffer, random: () => number): Buffer {
  let changed = body;
  for (let changes = 1 + randomBelow(3, random); changes > 0; changes--) {
    const start = randomBelow(changed.length, random);
    const gone = randomBelow(3, random) === 0 ? 0 : randomBelow(4, random);
    changed = Buffer.concat([changed.subarray(0, start), piece(changed, random), changed.subarray(start + gone)]);
  }
  return changed;
}

function piece(body: Buffer, random: () => number): Buffer {
  const kind = randomBelow(8, random);
  if (kind === 0) return Buffer.alloc(0);
  if (kind === 1) return Buffer.from([randomBelow(256, random)]);
  if (kind > 2) return TELLING[randomBelow(TELLING.length, random)] as Buffer;
  const start = randomBelow(body.length, random);
  return body.subarray(start, start + randomBelow(100, random));
}
