import { text } from 'node:stream/consumers';
import { buildIdentity } from '../../src/dips/identity.ts';
import { ping } from '../../src/dips/ping.ts';

/** Pings as stdin says, prints the reasons, and ends only when nothing is left open (test/dips/pingLeftovers.test.ts). */
const { credential, pings } = JSON.parse(await text(process.stdin));
const identity = buildIdentity(credential);
for (const { target, timeoutMs } of pings) {
  const { ok, reason } = await ping(target, { timeoutMs, identity });
  console.log(ok ? 'ok' : reason);
}
