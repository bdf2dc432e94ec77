import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import { ORIGINAL_FORMAT } from '../../src/model/lineFormat.ts';
import { assertAgree, messagesOf } from './agreement.ts';
import { middleCursor, recordedBodies } from './recordedBodies.ts';

/** An answer cut at each of its bytes is parsed as often. */
const MAX_CUT_BYTES = 10_000;

for (const { name, source, body } of recordedBodies()) {
  test(`scanner and oracle agree on ${name}`, () => {
    for (const message of messagesOf(body, source, middleCursor(body))) assert.ok(assertAgree(message));
  });

  if (body.length > MAX_CUT_BYTES) continue;
  test(`cut at any byte, ${name} is refused at that byte`, () => {
    const end = Buffer.from(body).toString().trimEnd().length;
    for (let length = 0; length < Math.min(end, body.length); length++) {
      const message = { source, host: 'n', cursor: new Map(), format: ORIGINAL_FORMAT, body: body.slice(0, length) };
      const outcome = parseAnswer(message);
      assert.equal(outcome.ok, false, `cut at ${length}`);
      const place = outcome.ok ? '' : outcome.detail;
      assert.match(
        place,
        /expected UTF-8/.test(place) ? /UTF-8/ : new RegExp(`at byte ${length}: expected .*, got the end$`),
      );
    }
  });
}
