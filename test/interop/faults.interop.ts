import { test } from 'node:test';
import { assertNothingLeaks } from '../faults/leaks.ts';

test('10,000 pings under faults leave no file descriptor, no timer and no memory behind', async (t) => {
  // 6 kB a ping, which is what one peer certificate that is never freed comes to beside the wavering of the allocator.
  await assertNothingLeaks(t, { pings: 10_000, warmUpPings: 8_000, rssSlackBytes: 60 << 20 });
});
