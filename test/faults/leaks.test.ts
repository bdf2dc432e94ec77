import { test } from 'node:test';
import { startExchange } from './exchange.ts';
import { assertNothingLeaks } from './leaks.ts';

/** 10,000 in test/interop/faults.interop.ts. */
const PINGS = Number(process.env.DIPS_PROBE_FAULT_PINGS ?? 1_000);

test(`${PINGS} pings under faults leave no file descriptor, no timer and no memory behind`, async (t) => {
  await assertNothingLeaks(t, await startExchange(t), PINGS);
});
