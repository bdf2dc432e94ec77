import { PRIVATE_NETWORKS } from '../config/allowRules.ts';
import type { ListenAddress } from '../config/listen.ts';
import { createProbe } from '../engine/admission.ts';
import { createAllowList } from '../engine/allowList.ts';
import { guard } from '../engine/gate.ts';
import { startPingPool } from '../engine/pools.ts';
import { tallyProbe } from '../engine/tally.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { startFront } from '../http/front.ts';
import type { AllowRule } from '../model/allowRule.ts';
import { followCredential } from './credentialFollow.ts';
import { prepareCredential } from './identity.ts';
import { createLog } from './log.ts';
import { stopSignal } from './stopSignal.ts';

export interface ServeOptions extends CredentialOptions {
  listen: ListenAddress;
  timeout: number;
  workers: number;
  /** What may be pinged; private networks where nothing is said. */
  allow?: readonly AllowRule[];
}

/** `dips-probe serve`: the HTTP pinger, until a signal stops it. */
export async function serve(options: ServeOptions): Promise<number> {
  const log = createLog();
  const prepared = await prepareCredential(options, 'host', (warning) => log.warn(warning));
  const stopped = stopSignal();
  const judge = createAllowList(options.allow ?? PRIVATE_NETWORKS, []);
  const pool = startPingPool(prepared.credential, options.workers);
  const { probe, tally } = tallyProbe(createProbe({ ...pool, run: guard(pool.run, judge) }));
  const follow = followCredential(prepared, pool.renew, log);
  try {
    const front = await startFront({
      ...options.listen,
      ping: (target) => probe({ target, timeoutMs: options.timeout }),
      metrics: () => ({ credential: follow.facts(), pings: tally }),
    });
    log.info({ url: front.url }, 'listening');
    log.info({ signal: await stopped }, 'stopping');
    await front.close();
  } finally {
    follow.close();
    await pool.close();
  }
  return 0;
}
