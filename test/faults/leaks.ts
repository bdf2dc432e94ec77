import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { PingRun, PingRunReport } from './pingRepeatedly.ts';

/** The engine's own: code, shapes, caches. */
const HEAP_SLACK_BYTES = 4 << 20;
/**
 * A closed TLS connection holds 50 kB or more of OpenSSL's until V8 next clears its young generation, which knows nothing of that. With the
 * usual 16 MB of it such a process climbs to 240 MB in 10,000 pings and stays there; with little it is flat from the start, and a leak shows.
 */
const EXEC_ARGV = ['--max-semi-space-size=2'];

/** Pings so often, if it is to be under every fault in turn, and asserts that the process that did then holds what it held before. */
export async function assertNothingLeaks(t: TestContext, run: PingRun, rssSlackBytes: number): Promise<void> {
  const pinger = fork(new URL('pingRepeatedly.ts', import.meta.url), {
    serialization: 'advanced',
    execArgv: EXEC_ARGV,
  });
  t.after(() => pinger.kill());
  pinger.send(run);
  const ended = once(pinger, 'exit').then(([code, signal]) => {
    throw new Error(`the pinging process ended with ${code ?? signal} and said nothing`);
  });
  const [{ before, after, outcomes }] = (await Promise.race([once(pinger, 'message'), ended])) as [PingRunReport];
  ended.catch(() => undefined);
  t.diagnostic(`${run.pings} pings: ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
  t.diagnostic(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.equal(after.fileDescriptors, before.fileDescriptors);
  assert.deepEqual(after.resources, before.resources);
  assert.ok(after.heapBytes - before.heapBytes < HEAP_SLACK_BYTES, `heap ${before.heapBytes} -> ${after.heapBytes}`);
  assert.ok(after.rssBytes - before.rssBytes < rssSlackBytes, `RSS ${before.rssBytes} -> ${after.rssBytes}`);
  const kinds = [...outcomes.keys()];
  if (run.underFaults)
    assert.ok(kinds.includes('ok') && kinds.length > 3, `faults of several kinds came to pass: ${kinds}`);
  else assert.deepEqual(kinds, ['ok']);
}
