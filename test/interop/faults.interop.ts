import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pLimit from 'p-limit';
import type { FailureReason } from '../../src/model/reasons.ts';
import {
  type Exchange,
  endOfNeeded,
  measureRecords,
  pingUnder,
  SLACK_BYTES,
  sampleOffsets,
} from '../faults/exchange.ts';
import { assertNothingLeaks } from '../faults/leaks.ts';
import type { Direction, FaultKind } from '../support/faultProxy.ts';
import { bring, start, testWith } from './rig/availability.ts';
import { startDirac } from './rig/dirac.ts';
import { bringDirac } from './rig/diracInstall.ts';
import { readIdentity } from './rig/identity.ts';
import { makeGridPki } from './rig/pki.ts';

/* The faults of test/faults, between us and a service of DIRAC; and what 10,000 of them leave behind in us. */

const pki = await makeGridPki();
const install = await bring('DIRAC 9.1', () => bringDirac('9.1'));
const rig = await start(install, async (venv): Promise<Exchange> => {
  const services = await startDirac(venv, pki);
  after(() => services.stop());
  const target = { scheme: 'dips', host: '127.0.0.1', service: 'Framework/Rig' } as const;
  return { servicePort: services.port, identity: readIdentity({ ...pki.host, caDir: pki.caDir }), target };
});

const DEADLINE_MS = 2_000;
/** Below DIRAC's 15 threads: more stalled connections would make it look busy. */
const AT_ONCE = 12;
const TIMEOUTS: FailureReason[] = ['tls_timeout', 'rpc_timeout'];
/** Changed bytes may be told as anything that a broken stream can be, or make the other side wait. */
const BROKEN: FailureReason[] = ['tls_protocol', 'wrong_protocol', 'closed_early', ...TIMEOUTS];

const CASES: [FaultKind, Direction, FailureReason[]][] = [
  ['stall', 'toClient', TIMEOUTS],
  // DIRAC ends a connection on which nothing comes.
  ['stall', 'toService', [...TIMEOUTS, 'closed_early']],
  ['reset', 'toClient', ['closed_early']],
  ['reset', 'toService', ['closed_early']],
  ['halfClose', 'toClient', ['closed_early']],
  // A request that is cut off: DIRAC answers it with `Invalid action proposal`.
  ['halfClose', 'toService', ['closed_early', 'rpc_protocol']],
  ['junk', 'toClient', BROKEN],
  ['junk', 'toService', BROKEN],
  ['flood', 'toClient', BROKEN],
  ['flood', 'toService', BROKEN],
];

for (const [kind, direction, reasons] of CASES) {
  testWith(rig, `${kind} ${direction}, between us and DIRAC`, async (exchange, t) => {
    const ends = (await measureRecords(exchange))[direction];
    const offsets = sampleOffsets(ends, 499, 6);
    const limit = pLimit(AT_ONCE);
    const results = await limit.map(offsets, (afterBytes) =>
      pingUnder({ kind, direction, afterBytes }, exchange, DEADLINE_MS),
    );
    const wrong = results.flatMap(({ result, outcome }, index) => {
      const offset = offsets[index] as number;
      const isRight = outcome === 'ok' ? offset >= endOfNeeded(ends) - SLACK_BYTES : reasons.includes(outcome);
      return isRight ? [] : [`at byte ${offset}: ${outcome} ${result.detail ?? ''}`];
    });
    assert.deepEqual(wrong, []);
    t.diagnostic(`${offsets.length} places: ${[...new Set(results.map(({ outcome }) => outcome))].join(', ')}`);
  });
}

/** Less than 1 kB a ping. Peer certificates that are never freed cost 10 kB. */
const SLACK_BYTES_OF_10_000 = 8 << 20;

test('10,000 pings under faults leave no file descriptor, no timer and no memory behind', async (t) => {
  await assertNothingLeaks(t, { underFaults: true, pings: 10_000, warmUpPings: 3_000 }, SLACK_BYTES_OF_10_000);
});

test('10,000 pings of a service that is well leave no memory behind', async (t) => {
  await assertNothingLeaks(t, { underFaults: false, pings: 10_000, warmUpPings: 3_000 }, SLACK_BYTES_OF_10_000);
});
