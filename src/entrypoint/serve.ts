import { PRIVATE_NETWORKS } from '../config/allowRules.ts';
import type { ListenAddress } from '../config/listen.ts';
import { createAllowList } from '../engine/allowList.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { startFront } from '../http/front.ts';
import type { StatusProfile } from '../http/frontOptions.ts';
import type { AllowRule } from '../model/allowRule.ts';
import { DEFAULT_LIMITS } from '../model/stateLimits.ts';
import { followCredential } from './credentialFollow.ts';
import { prepareCredential } from './identity.ts';
import { createLog } from './log.ts';
import { startPinger, toAnswer } from './pinger.ts';
import { stopSignal } from './stopSignal.ts';
import { tellSystemd } from './systemdNotify.ts';

export interface ServeOptions extends CredentialOptions {
  listen: ListenAddress;
  timeout: number;
  workers: number;
  maxInFlight: number;
  statusProfile: StatusProfile;
  /** What may be pinged; private networks where nothing is said. */
  allow?: readonly AllowRule[];
}

/** `dips-probe serve`: the HTTP pinger, until a signal stops it. */
export async function serve(options: ServeOptions): Promise<number> {
  const log = createLog();
  const prepared = await prepareCredential(options, 'host', (warning) => log.warn(warning));
  const stopped = stopSignal();
  const pinger = startPinger({
    credential: prepared.credential,
    follow: (renew) => followCredential(prepared, renew, log),
    workers: options.workers,
    maxInFlight: options.maxInFlight,
    judge: createAllowList(options.allow ?? PRIVATE_NETWORKS, []),
  });
  try {
    const front = await startFront({
      ...options.listen,
      statusProfile: options.statusProfile,
      ping: async ({ target, timeoutMs = options.timeout }) => {
        const result = await pinger.probe({ target, timeoutMs: Math.min(timeoutMs, options.timeout) });
        return toAnswer(result, null, DEFAULT_LIMITS);
      },
      notReady: pinger.notReady,
      metrics: () => ({ ...pinger.facts(), schedule: null, history: null, sinks: [], collector: null, influx: null }),
    });
    log.info({ url: front.url }, 'listening');
    const systemd = await tellSystemd({ prove: pinger.prove, log });
    log.info({ signal: await stopped }, 'stopping');
    await systemd.stopping();
    await front.close();
  } finally {
    await pinger.close();
  }
  return 0;
}
