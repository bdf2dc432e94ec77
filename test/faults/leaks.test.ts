import { test } from 'node:test';
import { assertNothingLeaks } from './leaks.ts';

test('1,000 pings under faults leave no file descriptor, no timer and no memory behind', async (t) => {
  // RSS is still growing to its level after so few: test/interop/faults.interop.ts looks closer.
  await assertNothingLeaks(t, { underFaults: true, pings: 1_000, warmUpPings: 500 }, 16 << 20);
});
