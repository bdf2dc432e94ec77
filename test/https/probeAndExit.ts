import { text } from 'node:stream/consumers';
import { buildIdentity } from '../../src/dips/identity.ts';
import { createProber } from '../../src/https/prober.ts';
import { parseTarget } from '../../src/model/target.ts';

/** Pings as stdin says, prints the reasons, and ends only when nothing is left open (test/https/prober.test.ts). */
const { credential, pings } = JSON.parse(await text(process.stdin));
const prober = createProber(buildIdentity(credential), credential);
for (const { url, timeoutMs } of pings) {
  const { ok, reason } = await prober.probe(parseTarget(url), { timeoutMs });
  console.log(ok ? 'ok' : reason);
}
await prober.close();
